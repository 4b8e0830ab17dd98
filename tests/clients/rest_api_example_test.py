#!/usr/bin/env python3
"""The API of books, on each driver. Usage: rest_api_example_test.py PROGRAM [TEST...]"""

import os
import sys
import unittest

from example import Served

os.environ["BOOKS_TOKEN"] = "open-sesame"
TOKEN = {"Authorization": "Bearer open-sesame"}


class Api(Served):
    def add(self, title, year=1843):
        answer, book = self.ask_json("POST", "/api/books", {"title": title, "year": year}, **TOKEN)
        self.assertEqual(answer.status, 201)
        self.assertEqual(answer.fields["location"], f"/api/books/{book['id']}")
        return book

    def refused(self, status, method, path, value=None, **fields):
        """It is a problem answer; what its detail says."""
        answer, problem = self.ask_json(method, path, value, **fields)
        self.assertEqual((answer.status, answer.fields["content-type"]),
                         (status, "application/problem+json"))
        return problem.get("detail", "")

    def test_a_book_is_added_read_replaced_and_removed(self):
        book = self.add("Notes")
        place = f"/api/books/{book['id']}"
        self.assertEqual(self.ask_json("GET", place)[1], book)
        other = {"title": "Notes, \u00e9dited", "year": 1844}
        self.assertEqual(self.ask_json("PUT", place, other, **TOKEN)[1],
                         {"id": book["id"], **other})
        self.assertEqual(self.ask("DELETE", place, **TOKEN).status, 204)
        for method, value in (("GET", None), ("PUT", other), ("DELETE", None)):
            self.assertIn(str(book["id"]), self.refused(404, method, place, value, **TOKEN))

    def test_pages_go_through_all(self):
        added = [self.add(f"Volume {i}") for i in range(7)]
        seen, path = [], f"/api/books?limit=3&after={added[0]['id'] - 1}"
        while path:
            page = self.ask_json("GET", path)[1]
            self.assertLessEqual(len(page["items"]), 3)
            seen += page["items"]
            path = "after" in page and f"/api/books?limit=3&after={page['after']}"
        self.assertEqual(seen, added)
        for book in added:
            self.ask("DELETE", f"/api/books/{book['id']}", **TOKEN)

    def test_a_query_that_is_no_number_is_refused(self):
        for query in ("limit=x", "limit=-1", "after=1x", "limit=99999999999999999999", "limit="):
            self.assertTrue(self.refused(400, "GET", f"/api/books?{query}"), query)

    def test_what_is_no_book_is_refused(self):
        for value, reason in (({"title": "x"}, "year"), ({"title": 7, "year": 1900}, "string"),
                              ({"title": "", "year": 1900}, "title"), ([], "array"),
                              ({"title": "x" * 201, "year": 1900}, "title"),
                              ({"title": "x", "year": 99}, "year"),
                              ({"title": "x", "year": 1900.5}, "year"),
                              ({"title": "x", "year": 2**32 + 1900}, "year"),
                              ({"title": "x", "year": 2**64 + 1900}, "year"),
                              ({"title": "x", "year": 1e99}, "year")):
            self.assertIn(reason, self.refused(422, "POST", "/api/books", value, **TOKEN))
        self.refused(415, "POST", "/api/books", {}, Content_Type="text/plain", **TOKEN)
        broken = self.ask("POST", "/api/books", b"{", Content_Type="application/json", **TOKEN)
        self.assertEqual(broken.status, 400)

    def test_who_has_no_token_only_reads(self):
        book = {"title": "x", "year": 1900}
        for fields in ({}, {"Authorization": "Bearer sesame"}, {"Authorization": "Basic eDp4"}):
            self.refused(401, "POST", "/api/books", book, **fields)
            self.refused(401, "DELETE", "/api/books/1", **fields)
        self.assertEqual(self.ask("GET", "/api/books").status, 200)

    def test_pages_of_other_origins_may_ask_first(self):
        answer = self.ask("OPTIONS", "/api/books", Origin="https://example.org",
                          Access_Control_Request_Method="POST",
                          Access_Control_Request_Headers="authorization")
        self.assertEqual((answer.status, answer.fields["access-control-allow-origin"]), (204, "*"))

    def test_a_request_keeps_its_id(self):
        self.assertEqual(self.ask("GET", "/api/books", X_Request_Id="r-7").fields["x-request-id"],
                         "r-7")

    def test_has_metrics(self):
        answer = self.ask("GET", "/metrics")
        self.assertEqual((answer.status, answer.fields["content-type"]),
                         (200, "text/plain; version=0.0.4; charset=utf-8"))

    def test_is_live_and_ready(self):
        self.assertEqual([self.ask("GET", path).status for path in ("/livez", "/readyz")],
                         [200, 200])


class Uring(Api, unittest.TestCase):
    driver = "uring"


class Epoll(Api, unittest.TestCase):
    driver = "epoll"


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
