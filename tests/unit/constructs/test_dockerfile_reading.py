"""What is read of a Dockerfile."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from constructs_lib.functions.dockerfile import Command, Dockerfile, Stage, parse

TWO = "FROM golang:1 AS Build\nRUN make\nFROM alpine:3\nCOPY --from=build /a /a\n"


def last(text: str, **given: str) -> Stage:
    stage = parse(text, given).stage(None)
    assert stage is not None
    return stage


def bases(text: str) -> list[str]:
    return [stage.base for stage in parse(text).stages]


def test_the_last_stage_is_built_unless_another_is_asked_for() -> None:
    assert last(TWO).base == "alpine:3"


@pytest.mark.parametrize("target", ["build", "BUILD", "0"])
def test_a_stage_is_found_by_its_name_or_number(target: str) -> None:
    stage = parse(TWO).stage(target)
    assert stage is not None
    assert stage.base == "golang:1"


@pytest.mark.parametrize("target", ["tests", "2", "golang:1"])
def test_what_is_no_stage_is_not_found(target: str) -> None:
    assert parse(TWO).stage(target) is None


def test_a_stage_on_another_goes_back_to_its_image() -> None:
    stage = last("FROM --platform=linux/arm64 alpine:3 AS one\nFROM one AS two\nFROM two")
    assert (stage.root.base, stage.root.platform) == ("alpine:3", "linux/arm64")


def test_an_image_with_the_name_of_a_later_stage_is_an_image() -> None:
    assert parse("FROM base\nFROM alpine:3 AS base\n").stages[0].parent is None


@pytest.mark.parametrize(
    ("arguments", "base"),
    [("ARG BASE=alpine:3", "alpine:3"), ('ARG V=3 BASE="alpine:$V"', "alpine:3"), ("ARG OTHER=1", "$BASE")],
)
def test_variables_of_a_base_image_are_replaced_where_they_are_known(arguments: str, base: str) -> None:
    assert last(f"{arguments}\nFROM $BASE\n").base == base


def test_a_variable_may_bring_its_own_default() -> None:
    assert last("ARG V\nFROM alpine:${V:-3}\n").base == "alpine:3"


def test_a_build_argument_replaces_a_default() -> None:
    assert last("ARG BASE=alpine:3\nFROM ${BASE}\n", BASE="scratch").base == "scratch"


def test_arguments_of_every_stage_are_declared() -> None:
    assert parse("ARG A=1 B\nFROM x\nARG C=c\nFROM y\n  arg D\n").arguments == {"A", "B", "C", "D"}


@pytest.mark.parametrize(
    "line",
    ["RUN <<EOF\nFROM x\nEOF", "RUN cat <<-'E' > f\nFROM x\n\tE", 'COPY <<A <<"B" /\nFROM a\nA\nFROM b\nB'],
)
def test_a_document_within_an_instruction_is_no_instruction(line: str) -> None:
    assert bases(f"FROM one\n{line}\nFROM two\n") == ["one", "two"]


@pytest.mark.parametrize("line", ["RUN cat <<< word", "RUN echo $((1 <<2))", "LABEL a='b <<EOF'"])
def test_what_only_looks_like_a_document_hides_nothing(line: str) -> None:
    assert bases(f"FROM one\n{line}\nFROM two\n") == ["one", "two"]


def test_comments_and_empty_lines_do_not_end_a_continued_line() -> None:
    assert last('FROM one\nENTRYPOINT ["/a", \\\n  # why\n\n  "b"]\n').command == Command(("/a", "b"))


def test_a_line_may_be_continued_by_another_character() -> None:
    assert bases("# escape=`\nFROM one\nRUN a `\n FROM b\nRUN dir c:\\\nFROM two\n") == ["one", "two"]


@pytest.mark.parametrize("text", ["", "# only a comment\n", "ARG A=1\n"])
def test_a_file_without_from_has_no_stage(text: str) -> None:
    assert parse(text).stage(None) is None


def test_a_mark_of_the_byte_order_and_carriage_returns_are_passed_over() -> None:
    assert last('\ufefffrom one\r\nCMD ["/a"]\r\n').command == Command(None, ("/a",))


@pytest.mark.parametrize(
    ("lines", "command"),
    [
        ("", Command()),
        ('ENTRYPOINT ["/a"]\nCMD ["b"]', Command(("/a",), ("b",))),
        ('CMD ["b"]\nENTRYPOINT ["/a"]', Command(("/a",), ("b",))),
        ('CMD ["b"]\nCMD ["c"]', Command(None, ("c",))),
        ("ENTRYPOINT /a $B", Command("/a $B")),
        ("CMD ['a']", Command(None, "['a']")),
        ("CMD [1]", Command(None, "[1]")),
        ("ENTRYPOINT []", Command(())),
    ],
)
def test_what_a_stage_starts_is_read(lines: str, command: Command) -> None:
    assert last(f"FROM alpine:3\n{lines}\n").command == command


@pytest.mark.parametrize(
    ("lines", "command"),
    [
        ("", Command(("/a",), ("b",))),
        ('CMD ["c"]', Command(("/a",), ("c",))),
        ('ENTRYPOINT ["/d"]', Command(("/d",))),
    ],
    ids=["nothing", "arguments", "program"],
)
def test_a_stage_starts_what_the_one_below_it_does_unless_it_says_otherwise(
    lines: str, command: Command
) -> None:
    below = 'FROM alpine:3 AS below\nENTRYPOINT ["/a"]\nCMD ["b"]\n'
    assert last(f"{below}FROM below\n{lines}\n").command == command


def test_the_user_is_that_of_the_stage_below_unless_it_says_otherwise() -> None:
    assert last("FROM a AS below\nUSER 1\nUSER 2\nFROM below\n").user == "2"


def with_line(dockerfile: Dockerfile, target: str | None) -> str:
    stage = dockerfile.stage(target)
    assert stage is not None
    return dockerfile.with_lines(stage, ["NEW"])


@pytest.mark.parametrize("text", [TWO, TWO.removesuffix("\n")])
def test_lines_are_added_at_the_end_of_the_last_stage(text: str) -> None:
    assert with_line(parse(text), None).splitlines() == [*TWO.splitlines(), "NEW"]


def test_lines_are_added_at_the_end_of_the_stage_that_is_asked_for() -> None:
    assert with_line(parse(TWO), "build").splitlines()[1:4] == ["RUN make", "NEW", "FROM alpine:3"]


def test_lines_are_added_after_a_document_that_ends_the_stage() -> None:
    assert with_line(parse("FROM a\nRUN <<E\nb\nE\n"), None) == "FROM a\nRUN <<E\nb\nE\nNEW\n"


@given(st.text())
def test_any_text_is_read_without_an_exception(text: str) -> None:
    parse(text)


@given(
    st.lists(
        st.sampled_from(["FROM a", "FROM b AS c", "RUN d \\", "# e", "", "RUN <<E\nFROM f\nE", 'CMD ["/g"]']),
        max_size=12,
    )
)
def test_a_line_that_was_added_is_the_last_instruction_of_its_stage(lines: list[str]) -> None:
    dockerfile = parse("\n".join(["FROM start", *lines, "FROM c"]))
    stage = dockerfile.stages[0]
    changed = parse(dockerfile.with_lines(stage, ["USER new"])).stages[0]
    assert [each.name for each in changed.instructions] == [
        *(each.name for each in stage.instructions),
        "USER",
    ]
