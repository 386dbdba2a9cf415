"""Made-up customers: names from our own lists, and card numbers that no bank can have issued."""

import random
from dataclasses import dataclass
from typing import Final

FIRST_NAMES: Final = tuple(
    """
    Abena Ailsa Aled Amara Anouk Ansel Araminta Astrid Aurelio Balthazar Beatrix Blodwen Bram Bryony Calista
    Caspian Cerys Chidi Clemency Corin Cosima Dafydd Delphine Dilys Eamon Eilidh Eluned Emeka Enid Esme Ewan
    Fabian Faiza Fenella Ffion Finnian Flora Gethin Ginevra Gwilym Hamish Hana Harriet Hester Hiroko Idris
    Imogen Inaya Iolo Isolde Ivor Jago Jasper Jocasta Kamala Kerensa Kwame Lachlan Leocadia Linus Lowri Ludo
    Magnus Malachi Merryn Mirza Morwenna Nadir Nerys Niamh Ngozi Octavia Odhran Olwen Orla Osian Ottilie
    Padraig Perpetua Petroc Quentin Ravi Rhiannon Rohan Roisin Rufus Saoirse Selwyn Siân Sunniva Tamsin
    Tariq Thaddeus Ulla Verity Wilf Xanthe Yasmin Zoë
    """.split()  # noqa: SIM905 - a list of a hundred words reads better as words
)
LAST_NAMES: Final = tuple(
    """
    Abara Ackroyd Adeyemi Aldersey Ambrose Arkwright Ashdown Askew Babington Bagshaw Balogun Barraclough
    Beddoes Bellwether Birtwistle Blackadder Blenkinsop Boothroyd Bracegirdle Braithwaite Brocklehurst
    Buckthorn Butterworth Cadwallader Calderwood Capstick Carbury Catchpole Chatterjee Chowdhury Clutterbuck
    Cockcroft Coldwell Copplestone Cotterill Crabtree Critchlow Cruickshank Culpepper Dalrymple Danjuma
    Dewhurst Dhillon Dinsdale Drinkwater Duckworth Earnshaw Eccleston Edgeworth Eltringham Entwistle
    Fairweather Farquharson Fazackerley Featherstone Fennimore Ffoulkes Fothergill Fullalove Garside
    Gathercole Gillingwater Goodfellow Gorringe Greenhalgh Grimshaw Haddock Halliwell Hardcastle Hawksworth
    Heathcote Hebblethwaite Higginbottom Hollingworth Honeychurch Horrocks Huckvale Ibekwe Ingleby Iqbal
    Jessop Jobling Kalsi Kettlewell Killick Kirkbride Knatchbull Lanyon Leatherbarrow Lightfoot Longbottom
    Loveday Lumley Lythgoe MacAskill Makepeace Mandeville Maudsley Merriweather Micklethwait Molyneux
    Mukherjee Murgatroyd Nankivell Netherby Nethersole Nwosu O'Driscoll O'Shaughnessy Oakeshott Okonjo
    Oldroyd Ollerenshaw Ormerod Osei Otterburn Oyelaran Pargeter Peasgood Pennyfather Penhaligon Pickersgill
    Pinkerton Plumtree Polkinghorne Postlethwaite Prendergast Puddephat Quarshie Quayle Quilter Rainsford
    Ramsbottom Ravenscroft Rawnsley Redfearn Rosewarne Rowbotham Sackville Satterthwaite Scattergood
    Seagrave Shackleton Shufflebottom Sidebotham Silverwood Skeffington Smallbone Sowerby Spofforth Staveley
    Stoddart Sugden Summerscale Sutcliffe Swarbrick Tattersall Tembo Thistlethwaite Threlkeld Thwaite
    Tipping Titchmarsh Tolliver Trelawney Tremayne Trevithick Truscott Tunnicliffe Twelvetrees Uddin Umunna
    Unsworth Uttley Vavasour Venables Wadsworth Waddilove Walmsley Warburton Wetherby Whittingstall
    Wigglesworth Winterbottom Wolstenholme Woodcock Wrigglesworth Yardley Yaxley Younghusband Zetterlund
    """.split()  # noqa: SIM905
)
SHARE_OF_DOUBLE_NAMES: Final = 0.08
CARD_PREFIX: Final = "9999"
"""No bank issues cards that begin with it."""

CARD_RANDOM_DIGITS: Final = 11
DOUBLED: Final = str.maketrans("0123456789", "0246813579")
"""Translates a digit to its value in the Luhn sum when it is doubled: 7 -> 14 -> 1 + 4 = 5."""


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer and the number of their card."""

    name: str
    card: str


def make_up(rng: random.Random) -> Customer:
    """Return a customer; some have a double name."""
    first, last, second_last = rng.choice(FIRST_NAMES), rng.choice(LAST_NAMES), rng.choice(LAST_NAMES)
    is_double = rng.random() < SHARE_OF_DOUBLE_NAMES
    return Customer(f"{first} {last}-{second_last}" if is_double else f"{first} {last}", _card(rng))


def _card(rng: random.Random) -> str:
    """Return 16 digits that fail the Luhn check."""
    number = f"{CARD_PREFIX}{rng.randrange(10**CARD_RANDOM_DIGITS):0{CARD_RANDOM_DIGITS}}"
    # Of 15 digits, the first, third, … are doubled; the right check digit would make the sum a multiple of 10.
    right = -sum(map(int, number[::2].translate(DOUBLED) + number[1::2])) % 10
    return f"{number}{(right + rng.randrange(1, 10)) % 10}"
