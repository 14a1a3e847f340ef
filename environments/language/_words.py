"""Common words of the English language, each with a vowel."""

VOWELS = "aeiou"
CONSONANTS = "bcdfghjklmnpqrstvwxyz"
_LIST = """
able acid aim air also ant apple arm art ask autumn back bag bake ball bank barn base bath bean bear bed bell bench
bird bite blue boat bone book boot bowl box bread brick bridge bring brown brush build burn bus butter cake calm camp
card care cat chain chair chalk cheese child circle city clean clock cloud coat coin cold cook corn count cow cross
cup dance dark day deep deer desk dish dog door dream dress drink drop duck dust each ear earth east easy eat edge egg
eight empty end engine even ever exit eye face fair fall farm fast feather field finger fire fish flag floor flower
fold food foot forest fork fox free fresh friend frog fruit full game garden gate ghost gift give glass goat gold good
grain grass green ground hair half hall hand happy hat head heart heavy hill hold home honey horse house ice idea inch
ink iron island item jacket join juice jump keep key king kitchen kite knee knife ladder lake lamp land large leaf
learn left lemon letter light lion list long look loud lunch make map market meal metal milk mind moon mountain mouse
mouth music nail name neck needle nest new night noise north nose nut oak ocean office oil old onion open orange oven
owl page paint paper park path pencil people piano picture pig place plant plate pocket point pond potato pull purple
push queen quick quiet rain read red rest rice ride ring river road rock roof room root rope rose round salt sand
school sea seed sell seven shade sheep shelf ship shirt shoe shop short silver simple sing sister six sleep slow small
smile smoke snake snow soap soft song soup south spoon spring square stable star stone storm street strong sugar
summer sun sweet swim table tail tall taste tea teach tent thank thick thin thread three throw tiger time tooth town
train tree true turn twelve uncle under until up use valley very view voice wait walk wall warm wash water weather
west wheel white wide wind window winter wood wool word work yard year yellow yes young zebra zero
"""
WORDS = _LIST.split()
