//! What is there? Access points, groups of them, deadlines, and where a scenario is not played.

use super::super::words::{Ends, Line, Setting, Standing, Trait};
use super::terms::{colon, list, name, time, word, words};
use super::{Read, Source};
use winnow::Parser;
use winnow::combinator::{alt, cut_err, opt, preceded};
use winnow::token::take_while;

/// A declaration.
pub(super) fn declaration(source: &mut Source<'_>) -> Read<Line> {
    let access_point = preceded(words("access point"), cut_err((name, opt(colon(list(attribute))))));
    let service_network = preceded(words("service network"), cut_err((name, colon(list(name)))));
    let user_choice = preceded(words("user choice"), cut_err((name, colon(list(name)))));
    let default = preceded(words("default configuration"), cut_err(name));
    let not_on = preceded(words("not on"), cut_err((name, colon(reason))));
    alt((
        access_point.map(|(name, traits)| Line::AccessPoint(name, traits.unwrap_or_default())),
        service_network.map(|(name, members)| Line::ServiceNetwork(name, members)),
        user_choice.map(|(name, options)| Line::UserChoice(name, options)),
        default.map(Line::Default),
        not_on.map(|(world, why)| Line::NotOn(world, why)),
        (setting, cut_err(time)).map(|(setting, time)| Line::Setting(setting, time)),
    ))
    .parse_next(source)
}

/// The rest of the line.
pub(super) fn reason(source: &mut Source<'_>) -> Read<String> {
    let line = take_while(1.., |letter| !matches!(letter, '#' | '\n')).verify(|text: &str| !text.trim().is_empty());
    line.map(|text: &str| text.trim().to_owned()).context("a reason").parse_next(source)
}

fn setting(source: &mut Source<'_>) -> Read<Setting> {
    alt((
        words("settle").value(Setting::Settle),
        words("offer deadline").value(Setting::OfferDeadline),
        words("trial deadline").value(Setting::TrialDeadline),
        words("commit timeout").value(Setting::CommitTimeout),
        words("suppression").value(Setting::Suppression),
        words("back off").value(Setting::BackOff),
        words("grace").value(Setting::Grace),
    ))
    .parse_next(source)
}

fn attribute(source: &mut Source<'_>) -> Read<Trait> {
    let standing = alt((
        words("away").value(Standing::Away),
        words("forbidden").value(Standing::Forbidden),
        words("hidden").value(Standing::Hidden),
        words("found up").value(Standing::FoundUp),
    ));
    let radio = preceded(words("radio"), cut_err(name)).map(|name| Trait::Radio(name.text));
    let connect_timeout = preceded(words("connect timeout"), cut_err(time));
    alt((
        standing.map(Trait::Stands),
        preceded(words("raise takes"), cut_err(time)).map(Trait::RaiseDelay),
        preceded(words("lower takes"), cut_err(time)).map(Trait::LowerDelay),
        alt((preceded(words("raise"), cut_err(ends)).map(Trait::Raise), preceded(words("prefer"), cut_err(ends)).map(Trait::Prefer))),
        preceded(words("bearer"), cut_err(word)).map(Trait::Bearer),
        preceded(words("purpose"), cut_err(word)).map(Trait::Purpose),
        preceded(words("metered"), cut_err(word)).map(Trait::Metered),
        alt((radio, connect_timeout.map(Trait::ConnectTimeout))),
        words("cannot stop").value(Trait::CannotStop),
    ))
    .parse_next(source)
}

/// `works`, `fails`, `hangs`.
pub(super) fn ends(source: &mut Source<'_>) -> Read<Ends> {
    alt((words("works").value(Ends::Well), words("fails").value(Ends::Badly), words("hangs").value(Ends::Never))).parse_next(source)
}
