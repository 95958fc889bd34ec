"""What the dashboards compute of series whose answer is known."""

import test_dashboard_queries
from harness import TestCase

CHAT = 'endpoint="chat/completions"'


class Comparisons(TestCase):
    check = test_dashboard_queries.RareSeries.check

    def test_streams_are_compared_with_plain_answers(self):
        """On the host where the difference is greatest; a stream of a model
        that is not asked for plain answers is left out, as are those."""
        series = {}
        for relay, host, streamed, plain in (
                ("a", "x", 12, 8), ("a", "y", 16, 8), ("b", "x", 9, 9),
                ("c", "x", 9, None)):
            probe = f'relay="{relay}",instance="{host}",{CHAT},model='
            series[f'holysheep_prompt_tokens{{{probe}"streamed"}}'] = (
                f"{streamed}x60")
            if plain is not None:
                series |= {
                    f'holysheep_prompt_tokens{{{probe}"plain"}}': f"{plain}x60",
                    f'holysheep_plain_prompt_tokens{{{probe}"streamed"}}':
                        f"{plain}x60"}
        where = ("holysheep-compare", "Tokens of the prompt in a stream, "
                 "relative to a plain answer", "A")
        self.check(where, series, {"a": 2, "b": 1})
        self.check(where, series, {"streamed": 2}, by="model")
        self.check(where, series, {"a": 1.5, "b": 1}, instance="x")

    def check_traces(self, values, expected, **options):
        """Of one of two hosts; each gets an answer in each step."""
        probe = f'relay="a",instance="{{}}",{CHAT},model="m"'
        series = {'holysheep_requests_total{%s,status="200"}'
                  % probe.format(host): "0+1x60" for host in "xy"}
        traces = ('holysheep_vendor_traces_total{%s,vendor="aws"}'
                  % probe.format("x"))
        self.check(("holysheep-compare", "Traces of vendors", "A"),
                   series | {traces: values}, {"a": expected}, **options)

    def test_traces_are_a_fraction_of_all_answers(self):
        self.check_traces("1+1x60", 50, step=30)

    def test_first_trace_of_a_vendor_counts(self):
        """Its series begins with that answer, as 1."""
        for values in ("_x60 1", "_x50 1x10"):
            self.check_traces(values, 100 / 120)

    def test_traces_of_earlier_days_do_not_count(self):
        """Not even if a scrape was missed exactly a day ago."""
        for values in ("7x60", "7x11 _ 7x48"):
            self.check_traces(values, 0, step=30)
