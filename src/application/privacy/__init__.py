"""Personal data: handed out to whom it is about, erased, and tidied up when nobody needs it any more."""

from application.privacy._erasing import EraseLogin, EraseMe, ErasePerson
from application.privacy._exporting import ExportLogin, ExportMyData, ExportPerson, PersonalData
from application.privacy._places import LoginNotFound, Who, named, places_for_operator
from application.privacy._tidying import Tidy

__all__ = [
    "EraseLogin",
    "EraseMe",
    "ErasePerson",
    "ExportLogin",
    "ExportMyData",
    "ExportPerson",
    "LoginNotFound",
    "PersonalData",
    "Tidy",
    "Who",
    "named",
    "places_for_operator",
]
