#!/usr/bin/env python3
"""The chat, on each driver. Usage: sse_chat_example_test.py PROGRAM [TEST...]"""

import json
import sys
import unittest
import urllib.parse

from example import Events, Served, stop
from playground import poll


class Chat(Served):
    def say(self, **form):
        return self.post(urllib.parse.urlencode(form).encode())

    def post(self, body, content_type="application/x-www-form-urlencoded"):
        answer = self.ask("POST", "/say", body, Content_Type=content_type)
        return answer.status, json.loads(answer.body)

    def listener(self):
        """One that is in the room."""
        events = Events(self.server.port, "/events")
        self.addCleanup(events.close)
        self.assertEqual(events.next(), {"event": "room", "data": "0"})
        return events

    def left(self):
        """Nobody is in the room any more."""
        return self.say(text="anybody?")[1] == {"told": 0}

    def test_the_page_listens(self):
        answer = self.ask("GET", "/")
        self.assertEqual(answer.fields["content-type"], "text/html; charset=utf-8")
        self.assertIn(b'new EventSource("/events")', answer.body)

    def test_everybody_hears_everything_in_order(self):
        listeners = [self.listener() for _ in range(3)]
        said = [{"name": "Ada", "text": f"{i} & <b>\n\"\u00e9\""} for i in range(20)]
        for each in said:
            self.assertEqual(self.say(**each), (200, {"told": 3}))
        for listener in listeners:
            self.assertEqual([json.loads(listener.next()["data"]) for _ in said], said)
            listener.close()
        poll(self.left, "the end of the listeners")

    def test_who_leaves_is_told_nothing_and_who_stays_hears(self):
        gone, stays = self.listener(), self.listener()
        gone.close()
        poll(lambda: self.say(text="are you there?")[1] == {"told": 1}, "the end of a listener")
        self.say(text="last")
        while json.loads(stays.next()["data"]) != {"name": "somebody", "text": "last"}:
            pass
        stays.close()
        poll(self.left, "the end of the other")

    def test_what_says_nothing_or_too_much_is_refused(self):
        for form in ({"name": "Ada"}, {"text": ""}, {"text": "x" * 1001}):
            self.assertEqual(self.say(**form)[0], 422, form)
        self.assertEqual(self.post(b"{}", "application/json")[0], 415)

    def test_a_server_that_goes_ends_its_streams_whole(self):
        whole, self.server = self.server, self.start()
        self.addCleanup(setattr, self, "server", whole)
        listener = self.listener()
        self.say(text="good night")
        stop(self.server)  # far from --drain-timeout: it waits for nobody
        self.assertEqual(json.loads(listener.next()["data"])["text"], "good night")
        self.assertIsNone(listener.next())


class Uring(Chat, unittest.TestCase):
    driver = "uring"


class Epoll(Chat, unittest.TestCase):
    driver = "epoll"


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[2:], verbosity=2)
