//! What does a line say? One statement: a declaration, a deed, something that happens, or something that must be so.

use super::super::words::{Event, Fate, Line, Name, Verdict, What};
use super::declarations::{declaration, ends, reason};
use super::deeds::{answer, answered, begun, deed, option};
use super::looks::{look, peer, said};
use super::terms::{colon, list, name, number, or, time, times, word, words};
use super::{Read, Source};
use std::time::Duration;
use winnow::Parser;
use winnow::combinator::{alt, cut_err, opt, preceded, terminated};

/// One line.
pub(super) fn statement(source: &mut Source<'_>) -> Read<Line> {
    let repeat = preceded(words("repeat"), cut_err(terminated(number.try_map(u32::try_from), words("times"))));
    alt((declaration, repeat.map(Line::Repeat), words("end").value(Line::End), impersonal.map(Line::Step), personal.map(Line::Step)))
        .parse_next(source)
}

/// What does not begin with a name.
fn impersonal(source: &mut Source<'_>) -> Read<What> {
    let session = preceded(words("session"), cut_err((name, words("on"), name, opt(colon(list(option))))));
    let more = preceded(words("and"), cut_err(terminated(time, words("more each time"))));
    let after = preceded(words("after"), cut_err((time, opt(more))));
    let always = preceded(words("from here on"), cut_err(terminated(or(name), words("is up"))));
    alt((
        session.map(|(name, (), on, options)| What::Session { name, on, options: options.unwrap_or_default() }),
        after.map(|(time, more)| What::After(time, more.unwrap_or_default())),
        always.map(What::Always),
        preceded(words("nobody"), cut_err(silence)).map(What::Silent),
        preceded(words("the"), cut_err(of_the_system)),
        preceded(words("configurations"), cut_err(listed)),
        preceded(words("in Qt"), cut_err(recorded)),
        preceded(words("that is"), cut_err(verdict)).map(What::Verdict),
    ))
    .parse_next(source)
}

fn recorded(source: &mut Source<'_>) -> Read<What> {
    let said = alt((words("nothing").value(Vec::new()), list(peer)));
    let with = preceded(words("with"), name);
    (with, name, words("says"), said).map(|(with, who, (), said)| What::Peer { with, who, said }).parse_next(source)
}

fn verdict(source: &mut Source<'_>) -> Read<Verdict> {
    alt((
        words("the same").value(Verdict::Same),
        preceded(words("deliberately different"), colon(reason)).map(Verdict::Different),
        preceded(words("a defect of Qt"), colon(reason)).map(Verdict::Defect),
    ))
    .parse_next(source)
}

fn of_the_system(source: &mut Source<'_>) -> Read<What> {
    let fate = alt((
        words("is killed").value(Fate::Killed),
        words("is back").value(Fate::Back),
        words("says how everything stands").value(Fate::Resync),
    ));
    let route = alt((words("is as found").value(None), preceded(words("goes through"), cut_err(name)).map(Some)));
    let default = alt((words("nothing").value(None), name.map(Some)));
    let refresh = alt((words("is refreshed").value(What::Refresh), preceded(words("was refreshed"), cut_err(times)).map(What::Scans)));
    alt((
        preceded(words("daemon"), cut_err(fate)).map(What::Daemon),
        preceded(words("default route"), cut_err(route)).map(What::Route),
        preceded(words("default configuration is"), cut_err(default)).map(What::DefaultIs),
        preceded(words("list"), cut_err(refresh)),
        words("system saves traffic").value(What::SaveTraffic(true)),
        words("system saves no traffic").value(What::SaveTraffic(false)),
    ))
    .parse_next(source)
}

fn listed(source: &mut Source<'_>) -> Read<What> {
    let least = opt(preceded(words("that are at least"), cut_err(word)));
    let names = alt((words("none").value(Vec::new()), list(name)));
    (least, preceded(words("are"), names)).map(|(least, names)| What::Lists(least, names)).parse_next(source)
}

/// `says anything for …`: how long.
fn silence(source: &mut Source<'_>) -> Read<Duration> {
    let how_long = opt(preceded(words("for"), cut_err(time)));
    preceded(words("says anything"), how_long).map(Option::unwrap_or_default).parse_next(source)
}

/// What begins with the name of a session or of a configuration.
fn personal(source: &mut Source<'_>) -> Read<What> {
    let name = name(source)?;
    let named = |make: fn(Name) -> What| make(name.clone());
    let commands = preceded(words("was raised"), cut_err((times, preceded((',', winnow::ascii::space0, words("lowered")), times))));
    alt((
        preceded(words("says"), cut_err(list(said))).map(|said| What::Says(name.clone(), said)),
        begun.map(|deed| What::Begins(name.clone(), deed)),
        answered.map(|(verb, answer)| What::Answered(name.clone(), verb, answer)),
        (deed, answer).map(|(deed, answer)| What::Does(name.clone(), deed, answer)),
        event.map(|event| What::Happens(name.clone(), event)),
        words("is removed").map(|()| named(What::Remove)),
        commands.map(|(raised, lowered)| What::Commands(name.clone(), raised, lowered)),
        preceded(words("is"), cut_err(list(look))).map(|looks| What::Is(name.clone(), looks)),
    ))
    .parse_next(source)
}

fn event(source: &mut Source<'_>) -> Read<Event> {
    let carries = preceded(words("carries"), cut_err(terminated(number, words("bytes"))));
    let plain = alt([
        words("is cut").value(Event::Cut),
        words("is mended").value(Event::Mended),
        words("is taken down").value(Event::TakenDown),
        words("is brought up").value(Event::BroughtUp),
        words("loses its carrier").value(Event::LosesCarrier),
        words("loses its credentials").value(Event::LosesCredentials),
        words("repeats its last report").value(Event::Duplicate),
        words("repeats the report before its last").value(Event::Late),
    ]);
    alt((
        plain,
        preceded(words("from now on raises and"), cut_err(ends)).map(Event::Raise),
        preceded(words("from now on is preferred and"), cut_err(ends)).map(Event::Prefer),
        carries.map(Event::Carries),
    ))
    .parse_next(source)
}
