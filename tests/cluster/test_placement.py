"""Where a layout's actors go, and what is said of one that has no place."""

import pytest

from rlve.cluster.placement import Node, check_kernels, plan, runtime_environment
from rlve.config import ClusterConfig, ConfigError
from tests.test_promises import CLUSTER

GPU8 = CLUSTER.model_copy(update={"device": "cuda", "trainers": 8, "engines": 4})


def gpus(*counts: float) -> list[Node]:
    return [Node(f"{index}", f"10.0.0.{index}", {"CPU": 64.0, "GPU": count}) for index, count in enumerate(counts)]


def places(config: ClusterConfig, nodes: list[Node]) -> tuple[list[str], list[str]]:
    trainers, engines = plan(config, nodes)
    return [node.id for node in trainers], [node.id for node in engines]


def test_trainers_are_packed_and_engines_take_what_is_left() -> None:
    trainers, engines = places(GPU8, gpus(4, 8, 8))
    assert trainers == ["1"] * 8
    assert engines == ["2"] * 4
    config = GPU8.model_copy(update={"trainers": 4})
    assert places(config, gpus(8, 8)) == (["0"] * 4, ["0"] * 4)


def test_the_gpus_of_an_engine_are_on_one_node() -> None:
    config = GPU8.model_copy(update={"trainers": 6, "engines": 2, "tensor_parallel_size": 4})
    assert places(config, gpus(8, 8)) == (["0"] * 6, ["1"] * 2)
    with pytest.raises(ConfigError, match=r"2 engines need 4 GPU each, on one node, and 1 have a place") as refused:
        plan(config, gpus(8, 6))
    assert "10.0.0.0 has 2 GPU left of 8; node 10.0.0.1 has 2 GPU left of 6" in str(refused.value)
    assert "cluster.tensor_parallel_size" in str(refused.value)


def test_trainers_that_share_sequences_are_on_one_node() -> None:
    config = GPU8.model_copy(update={"sequence_parallel": 4, "engines": 0})
    assert places(config, gpus(4, 6)) == (["1"] * 4 + ["0"] * 4, [])
    with pytest.raises(ConfigError, match="8 trainers in groups of 4 need 4 GPU a group, on one node, and 4 have"):
        plan(config, gpus(3, 6))


def test_colocated_engines_go_where_their_trainers_are() -> None:
    config = GPU8.model_copy(update={"colocate": True, "engines": 4, "tensor_parallel_size": 2})
    assert places(config, gpus(4, 4)) == (["0"] * 4 + ["1"] * 4, ["0", "0", "1", "1"])
    with pytest.raises(ConfigError, match="8 trainers in groups of 2 need 2 GPU a group, on one node, and 6 have"):
        plan(config, gpus(3, 5))
    with pytest.raises(ConfigError, match=r"cluster\.trainers"):
        plan(config.model_copy(update={"engines": 5}), gpus(8))


def test_on_cpu_both_kinds_may_have_the_same_cores_and_none_more_than_there_are() -> None:
    config = CLUSTER.model_copy(update={"engines": 2})
    nodes = [Node("a", "10.0.0.1", {"CPU": 1.0}), Node("b", "10.0.0.2", {"CPU": 1.0})]
    assert places(config, nodes) == (["a", "b"], ["a", "b"])
    with pytest.raises(ConfigError, match=r"3 trainers need 1 CPU each, on one node, and 2 have a place"):
        plan(config.model_copy(update={"trainers": 3}), nodes)


def test_custom_resources_keep_actors_to_their_nodes() -> None:
    config = CLUSTER.model_copy(
        update={"engines": 1, "trainer_resources": {"big": 1.0}, "engine_resources": {"small": 1.0}}
    )
    nodes = [Node("a", "10.0.0.1", {"CPU": 8.0, "small": 4.0}), Node("b", "10.0.0.2", {"CPU": 4.0, "big": 4.0})]
    assert places(config, nodes) == (["b", "b"], ["a"])
    with pytest.raises(ConfigError, match="0 small left of 0"):
        plan(config, nodes[1:])


def test_no_secret_is_part_of_the_runtime_environment() -> None:
    given = {
        "HF_TOKEN": "hf_secret",
        "WANDB_API_KEY": "secret",
        "HF_HOME": "/data/hf",
        "NCCL_DEBUG": "INFO",
        "PATH": "/",
    }
    made = runtime_environment(given)
    assert made["env_vars"] == {"HF_HOME": "/data/hf", "NCCL_DEBUG": "INFO"}
    assert [module.rpartition("/")[2] for module in made["py_modules"]] == ["rlve", "environments", "conf"]


def test_kernels_that_are_not_installed_are_named() -> None:
    check_kernels(GPU8)
    with pytest.raises(ConfigError, match=r"rlve\[liger\]"):
        check_kernels(GPU8.model_copy(update={"liger": True}))
