//! What was expected where a line cannot be read? Of all alternatives the one that got furthest counts.

use super::Source;
use std::borrow::Cow;
use winnow::error::{AddContext, ErrMode, ParserError};
use winnow::stream::{Location, Stream};

/// What could have stood at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Expected {
    /// Where, in bytes.
    pub(in super::super) at: usize,
    /// What; each once.
    pub(in super::super) what: Vec<Cow<'static, str>>,
}

impl Expected {
    /// One thing, here.
    pub(super) fn here(source: &Source<'_>, what: Cow<'static, str>) -> Self {
        Self { at: source.current_token_start(), what: vec![what] }
    }

    /// Out of whichever way the parser gave up.
    pub(super) fn of(error: ErrMode<Self>) -> Self {
        error.into_inner().unwrap_or(Self { at: 0, what: Vec::new() })
    }

    /// As a sentence has it: `a, b or c`.
    pub(in super::super) fn text(&self) -> String {
        match self.what.as_slice() {
            [] => "something else".to_owned(),
            [only] => only.to_string(),
            [first @ .., last] => format!("{} or {last}", first.join(", ")),
        }
    }
}

impl ParserError<Source<'_>> for Expected {
    type Inner = Self;

    fn from_input(source: &Source<'_>) -> Self {
        Self { at: source.current_token_start(), what: Vec::new() }
    }

    fn or(mut self, other: Self) -> Self {
        match self.at.cmp(&other.at) {
            std::cmp::Ordering::Less => other,
            std::cmp::Ordering::Greater => self,
            std::cmp::Ordering::Equal => {
                let new = other.what.into_iter().filter(|what| !self.what.contains(what)).collect::<Vec<_>>();
                self.what.extend(new);
                self
            }
        }
    }

    fn into_inner(self) -> Result<Self, Self> {
        Ok(self)
    }
}

/// Names what a parser reads, if it did not even begin.
impl<'a> AddContext<Source<'a>, &'static str> for Expected {
    fn add_context(self, source: &Source<'a>, start: &<Source<'a> as Stream>::Checkpoint, what: &'static str) -> Self {
        let mut begun = *source;
        begun.reset(start);
        if self.at == begun.current_token_start() { Self { at: self.at, what: vec![what.into()] } } else { self }
    }
}
