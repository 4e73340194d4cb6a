//! What does a session do, and how is it answered?

use super::super::words::{Answer, Deed, SessionTrait, Unasked, Verb, Why, Wish, Wished};
use super::terms::{colon, mark, name, time, word, words};
use super::{Read, Source};
use netsession_fsm::words::Preference;
use winnow::Parser;
use winnow::combinator::{alt, cut_err, opt, preceded};

/// What is done now: `opens`, `migrates to wlan`, …
pub(super) fn deed(source: &mut Source<'_>) -> Read<Deed> {
    let to = |verb| preceded(words(verb), opt(preceded(words("to"), cut_err(name))));
    let unasked = alt([
        words("migrates unasked").value(Deed::Unasked(Unasked::Migrates)),
        words("ignores unasked").value(Deed::Unasked(Unasked::Ignores)),
        words("accepts unasked").value(Deed::Unasked(Unasked::Accepts)),
        words("rejects unasked").value(Deed::Unasked(Unasked::Rejects)),
    ]);
    alt((
        unasked,
        preceded(words("opens"), opt(name)).map(Deed::Open),
        words("closes").value(Deed::Close),
        words("stops").value(Deed::Stop),
        to("migrates").map(Deed::Migrate),
        preceded(words("ignores"), opt(name)).map(Deed::Ignore),
        words("accepts").value(Deed::Accept),
        words("rejects").value(Deed::Reject),
        alt((
            words("asks to roam").value(Deed::Roam),
            words("leaves").value(Deed::Leave),
            preceded(words("changes to"), cut_err(word)).map(Deed::Mode),
            preceded(words("suppresses roaming for"), cut_err(time)).map(Deed::Suppress),
            preceded(words("now"), cut_err(wish)).map(Deed::Wants),
        )),
    ))
    .parse_next(source)
}

/// What is begun: `begins to open`, …
pub(super) fn begun(source: &mut Source<'_>) -> Read<Deed> {
    let deed = alt((
        preceded(words("open"), opt(name)).map(Deed::Open),
        words("close").value(Deed::Close),
        words("stop").value(Deed::Stop),
        preceded(words("migrate"), opt(preceded(words("to"), cut_err(name)))).map(Deed::Migrate),
        words("accept").value(Deed::Accept),
        words("reject").value(Deed::Reject),
    ));
    preceded(words("begins to"), cut_err(deed)).parse_next(source)
}

/// `'s open is answered: …`
pub(super) fn answered(source: &mut Source<'_>) -> Read<(Verb, Answer)> {
    let verb = alt((
        words("open").value(Verb::Open),
        words("close").value(Verb::Close),
        words("stop").value(Verb::Stop),
        words("migrate").value(Verb::Migrate),
        words("accept").value(Verb::Accept),
        words("reject").value(Verb::Reject),
    ));
    preceded(words("has the answer to"), cut_err((verb, answer))).parse_next(source)
}

/// `: fails, SessionAborted, stopped`, `: refused`, …, or nothing: well.
pub(super) fn answer(source: &mut Source<'_>) -> Read<Answer> {
    let fails = (mark(',', "`,`"), word, mark(',', "`,`"), why).map(|(_, kind, _, why)| Answer::Fails(kind, why));
    let answer = alt((
        preceded(words("fails"), cut_err(fails)),
        words("refused").value(Answer::Refused),
        words("no longer stands").value(Answer::Withdrawn),
        words("session closed").value(Answer::Closed),
        words("unknown configuration").value(Answer::Unknown),
    ));
    opt(colon(answer)).map(|answer| answer.unwrap_or(Answer::Well)).parse_next(source)
}

/// A cause.
pub(super) fn why(source: &mut Source<'_>) -> Read<Why> {
    alt((words("lost").value(Why::Lost), words("failed").value(Why::Failed), word.map(Why::Is))).parse_next(source)
}

/// How a session is to be.
pub(super) fn option(source: &mut Source<'_>) -> Read<SessionTrait> {
    alt((
        words("may not stop").value(SessionTrait::MayNotStop),
        words("opens again").value(SessionTrait::Reopens),
        words("in a process of its own").value(SessionTrait::Apart),
        wish.map(SessionTrait::Wants),
        word.map(SessionTrait::Mode),
    ))
    .parse_next(source)
}

/// `prohibits metered`, `requires bearer wlan`, …
fn wish(source: &mut Source<'_>) -> Read<Wish> {
    let level = alt((
        words("requires").value(Preference::Require),
        words("prefers").value(Preference::Prefer),
        words("does not mind").value(Preference::NoPreference),
        words("avoids").value(Preference::Avoid),
        words("prohibits").value(Preference::Prohibit),
    ));
    let of = alt((
        words("metered").value(Wished::Metered),
        preceded(words("bearer"), cut_err(word)).map(Wished::Bearer),
        preceded(words("purpose"), cut_err(word)).map(Wished::Purpose),
    ));
    (level, cut_err(of)).map(|(level, of)| Wish { level, of }).parse_next(source)
}
