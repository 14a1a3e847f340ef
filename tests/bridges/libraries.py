"""Which of the bridged libraries are installed."""

from environments.bridges import bridged


def installed(package: str, tested: str, extra: str, name: str) -> bool:
    try:
        bridged.require(package, tested, extra, name)
    except bridged.Unavailable:
        return False
    return True
