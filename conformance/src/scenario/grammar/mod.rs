//! How is a file of a scenario read? Line by line; what was expected, and where, is said of the first line that cannot be read.

mod declarations;
mod deeds;
mod expected;
mod looks;
mod statements;
mod terms;

pub(super) use expected::Expected;

use super::words::Line;
use std::ops::Range;
use winnow::LocatingSlice;
use winnow::ModalResult;
use winnow::Parser;
use winnow::ascii::{line_ending, multispace0, space0, till_line_ending};
use winnow::combinator::{alt, eof, opt, preceded, repeat};

/// The text, which knows where it is.
pub(super) type Source<'a> = LocatingSlice<&'a str>;
/// What a parser gives.
pub(super) type Read<T> = ModalResult<T, Expected>;

/// Every line that says something, with its place.
pub(super) fn read(text: &str) -> Result<Vec<(Range<usize>, Line)>, Expected> {
    let mut source = LocatingSlice::new(text);
    lines(&mut source).map_err(Expected::of)
}

fn lines(source: &mut Source<'_>) -> Read<Vec<(Range<usize>, Line)>> {
    let mut lines = Vec::new();
    loop {
        blank.parse_next(source)?;
        if source.is_empty() {
            return Ok(lines);
        }
        let (line, span) = statements::statement.with_span().parse_next(source)?;
        (space0, opt(comment), alt((line_ending, eof))).context("the end of the line").parse_next(source)?;
        lines.push((span, line));
    }
}

/// Empty lines, and lines of comment.
fn blank(source: &mut Source<'_>) -> Read<()> {
    (multispace0, repeat::<_, _, (), _, _>(0.., (comment, multispace0))).void().parse_next(source)
}

fn comment(source: &mut Source<'_>) -> Read<()> {
    preceded('#', till_line_ending).void().parse_next(source)
}

/// The first comment of a file: what it intends. Its words are one space apart, and two where an empty line is between them.
pub(super) fn intent(text: &str) -> String {
    let comments = text.lines().map_while(|line| line.trim_start().strip_prefix('#'));
    comments.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>().join(" ")
}
