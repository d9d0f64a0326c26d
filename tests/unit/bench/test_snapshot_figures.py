"""Figures say what was reached, how far it varied, and whether that is enough."""

import io

from rich.console import Console

from tests.benchmarks.snapshot_figures import Figure, figures_table, ratio, repeats


def test_a_ratio_is_one_of_medians_with_the_quartiles_of_its_pairs() -> None:
    figure = ratio("start", [1, 2, 9], [10, 20, 30], 0.2)
    assert (figure.value, figure.spread) == (0.1, (0.1, 0.2))


def test_a_figure_at_its_limit_has_reached_it() -> None:
    assert [Figure("", value, 4.0, "s").reached for value in (4.0, 4.1)] == [True, False]


def test_a_value_that_comes_again_is_counted_and_its_source_named() -> None:
    figure = repeats([{"a": "1", "b": "1"}, {"a": "2", "b": "1"}, {"a": "3", "b": "1"}])
    assert (figure.value, figure.reached, figure.note) == (2, False, "b")


def test_values_that_all_differ_name_where_they_came_from() -> None:
    figure = repeats([{"a": "1", "b": "1"}, {"a": "2", "b": "2"}])
    assert (figure.reached, figure.note) == (True, "a, b")


def test_a_table_shows_shares_as_fractions_and_says_what_was_missed() -> None:
    out = Console(width=200, file=io.StringIO(), record=True)
    figures = [Figure("start", 1 / 20, 1 / 16, "share", (1 / 25, 1 / 18)), Figure("build", 4.26, 4, "s")]
    out.print(figures_table(figures))
    text = out.export_text()
    assert all(part in text for part in ("1/20.0", "1/25.0 - 1/18.0", "1/16.0", "met", "4.3 s", "MISSED"))
