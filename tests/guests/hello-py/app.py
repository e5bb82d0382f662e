"""Says how many public holidays a year has: a service in Python, on nothing but the WIT package."""

from urllib.parse import parse_qs, urlsplit

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.handler import Request, Response
from wit_world.imports import open_data
from wit_world.imports.open_data import Comparison, Filter, Value_Text

# The data set with the public holidays, one a row.
HOLIDAYS = "az-public-holidays"

# How often this instance answered. Every request gets a fresh instance, so it is 1 in every answer.
answers = 0


class Handler(exports.Handler):
    def handle(self, r: Request) -> Response:
        global answers
        answers += 1
        parameters = parse_qs(urlsplit(r.path_with_query).query)
        name = parameters.get("name", ["visitor"])[0]
        year = parameters.get("year", ["2026"])[0]
        print(f"asked for {year}")
        if not (len(year) == 4 and year.isdecimal()):
            raise ValueError(f"not a year: {year}")
        try:
            total = holidays(year)
        except Err as refused:
            # One of the classes of `gov-error`, such as `GovError_NotFound`.
            return page(502, f"No holidays: {type(refused.value).__name__}")
        return page(200, f"Hello {name}, {year} has {total} holidays; answer {answers}")


def holidays(year: str) -> int:
    of_the_year = [
        Filter("date", Comparison.GE, Value_Text(f"{year}-01-01")),
        Filter("date", Comparison.LE, Value_Text(f"{year}-12-31")),
    ]
    return open_data.query(HOLIDAYS, ["date"], of_the_year, [], 0, 1).total


def page(status: int, text: str) -> Response:
    return Response(status, [("content-type", "text/plain; charset=utf-8")], f"{text}\n".encode())
