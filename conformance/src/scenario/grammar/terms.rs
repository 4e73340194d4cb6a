//! What are sentences made of? Words, names, times and counts, and the contract's own words as traces have them.

use super::super::words::Name;
use super::{Expected, Read, Source};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};
use std::time::Duration;
use winnow::Parser;
use winnow::ascii::{dec_uint, space0};
use winnow::combinator::{alt, cut_err, not, preceded, repeat, terminated};
use winnow::error::ErrMode;
use winnow::stream::Stream;
use winnow::token::{one_of, take_while};

fn is_letter(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '-')
}

/// These words, one after the other.
pub(super) fn words<'a>(text: &'static str) -> impl Parser<Source<'a>, (), ErrMode<Expected>> {
    move |source: &mut Source<'a>| {
        let start = source.checkpoint();
        let mut all =
            || -> Read<()> { text.split(' ').try_for_each(|word| (word, not(one_of(is_letter)), space0).void().parse_next(source)) };
        let read = all();
        if read.is_err() {
            source.reset(&start);
            return Err(ErrMode::Backtrack(Expected::here(source, format!("`{text}`").into())));
        }
        read
    }
}

/// A mark, such as a comma.
pub(super) fn mark<'a>(mark: char, called: &'static str) -> impl Parser<Source<'a>, (), ErrMode<Expected>> {
    (mark, space0).void().context(called)
}

/// Things with commas between them.
pub(super) fn list<'a, T>(each: fn(&mut Source<'a>) -> Read<T>) -> impl Parser<Source<'a>, Vec<T>, ErrMode<Expected>> {
    separated(each, mark(',', "`,`"))
}

/// Things with `and` between them.
pub(super) fn and<'a, T>(each: fn(&mut Source<'a>) -> Read<T>) -> impl Parser<Source<'a>, Vec<T>, ErrMode<Expected>> {
    separated(each, words("and"))
}

/// Things with `or` between them.
pub(super) fn or<'a, T>(each: fn(&mut Source<'a>) -> Read<T>) -> impl Parser<Source<'a>, Vec<T>, ErrMode<Expected>> {
    separated(each, words("or"))
}

fn separated<'a, T>(
    each: fn(&mut Source<'a>) -> Read<T>,
    mut between: impl Parser<Source<'a>, (), ErrMode<Expected>>,
) -> impl Parser<Source<'a>, Vec<T>, ErrMode<Expected>> {
    move |source: &mut Source<'a>| {
        let first = each(source)?;
        let more: Vec<T> = repeat(0.., preceded(between.by_ref(), cut_err(each))).parse_next(source)?;
        Ok(std::iter::once(first).chain(more).collect())
    }
}

/// `: `, and what follows it, which must be there then.
pub(super) fn colon<'a, T>(then: impl Parser<Source<'a>, T, ErrMode<Expected>>) -> impl Parser<Source<'a>, T, ErrMode<Expected>> {
    preceded(mark(':', "`:`"), cut_err(then))
}

/// A name.
pub(super) fn name(source: &mut Source<'_>) -> Read<Name> {
    let named = take_while(1.., is_letter).with_span();
    let named = named.verify(|(text, _): &(&str, _)| text.starts_with(char::is_alphabetic)).context("a name");
    terminated(named, space0).map(|(text, span)| Name { text: text.to_owned(), span }).parse_next(source)
}

/// `nothing`, or a name.
pub(super) fn name_or_nothing(source: &mut Source<'_>) -> Read<Option<Name>> {
    alt((words("nothing").value(None), name.map(Some))).parse_next(source)
}

/// One of the contract's words, as traces have it; `what` says which.
pub(super) fn word<'a, T: Deserialize<'a>>(source: &mut Source<'a>) -> Read<T> {
    let start = source.checkpoint();
    let text: &str = terminated(take_while(0.., is_letter), space0).parse_next(source)?;
    let from: StrDeserializer<'_, Error> = text.into_deserializer();
    T::deserialize(from).map_err(|error| {
        source.reset(&start);
        let said = error.to_string();
        let expected = said.split_once("expected ").map_or(said.as_str(), |(_, expected)| expected);
        ErrMode::Backtrack(Expected::here(source, expected.to_owned().into()))
    })
}

/// `250 ms`, `30 s`, `5 min`, `1 h`.
pub(super) fn time(source: &mut Source<'_>) -> Read<Duration> {
    let number = terminated(dec_uint::<_, u64, _>, space0).context("a time such as `30 s`");
    let unit = alt((words("ms").value(1), words("s").value(1_000), words("min").value(60_000), words("h").value(3_600_000)));
    (number, cut_err(unit)).map(|(number, unit): (u64, u64)| Duration::from_millis(number.saturating_mul(unit))).parse_next(source)
}

/// A whole number.
pub(super) fn number(source: &mut Source<'_>) -> Read<u64> {
    terminated(dec_uint, space0).context("a number").parse_next(source)
}

/// `never`, `once`, `twice`, `3 times`.
pub(super) fn times(source: &mut Source<'_>) -> Read<usize> {
    let counted = terminated(number, words("times")).try_map(usize::try_from);
    alt((words("never").value(0), words("once").value(1), words("twice").value(2), counted)).parse_next(source)
}

impl<E> winnow::error::FromExternalError<Source<'_>, E> for Expected {
    fn from_external_error(source: &Source<'_>, _: E) -> Self {
        Self::here(source, "a smaller number".into())
    }
}
