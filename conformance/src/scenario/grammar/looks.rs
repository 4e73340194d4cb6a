//! What must be so? What sessions say, and how sessions, configurations and the system stand.

use super::super::words::{Look, PeerWord, Word};
use super::deeds::why;
use super::terms::{and, name, name_or_nothing, number, word, words};
use super::{Read, Source};
use netsession_fsm::hub::Policies;
use netsession_fsm::words::{Kind, OfferKind};
use winnow::Parser;
use winnow::combinator::{alt, cut_err, opt, preceded};

/// One thing a session says.
pub(super) fn said(source: &mut Source<'_>) -> Read<Word> {
    let kind = alt((words("upgrade").value(OfferKind::Upgrade), words("downgrade").value(OfferKind::Downgrade)));
    let offer =
        (kind, cut_err((name, opt(preceded(words("number"), cut_err(number.try_map(u32::try_from)))), opt(words("breaking first")))));
    let policies = alt((words("none").value(Policies::NONE), words("no background traffic").value(Policies::NO_BACKGROUND_TRAFFIC)));
    alt((
        words("opened").value(Word::Opened),
        words("closed").value(Word::Closed),
        words("withdrawn").value(Word::Withdrawn),
        offer.map(|(kind, (of, number, breaking))| Word::Offer { kind, of, number, breaking: breaking.is_some() }),
        preceded(words("activated"), cut_err(name)).map(Word::Activated),
        preceded(words("error"), cut_err((word, why))).map(|(kind, why)| Word::Error(kind, why)),
        preceded(words("policies"), cut_err(policies)).map(Word::Policies),
        word.map(Word::State),
    ))
    .parse_next(source)
}

/// One thing that a peer's session said.
pub(super) fn peer(source: &mut Source<'_>) -> Read<PeerWord> {
    alt((
        words("opened").value(PeerWord::Opened),
        words("closed").value(PeerWord::Closed),
        preceded(words("error"), cut_err(word)).map(PeerWord::Error),
        word.map(PeerWord::State),
    ))
    .parse_next(source)
}

/// One thing about a session or a configuration.
pub(super) fn look(source: &mut Source<'_>) -> Read<Look> {
    alt((of_session, of_configuration, word.map(Look::State), word.map(Look::Stands))).parse_next(source)
}

fn of_session(source: &mut Source<'_>) -> Read<Look> {
    let plain = alt([
        words("open").value(Look::Open(true)),
        words("not open").value(Look::Open(false)),
        words("asked to save traffic").value(Look::Saving(true)),
        words("not asked to save traffic").value(Look::Saving(false)),
    ]);
    alt((
        plain,
        preceded(words("on"), cut_err(name_or_nothing)).map(Look::On),
        preceded(words("testing"), cut_err(name_or_nothing)).map(Look::Testing),
        preceded(words("with the choice"), cut_err(name_or_nothing)).map(Look::Chose),
        preceded(words("with the carrier of"), cut_err(name_or_nothing)).map(Look::Carrier),
        preceded(words("in phase"), cut_err(word)).map(Look::Phase),
        preceded(words("at"), cut_err((number, words("bytes")))).map(|(bytes, ())| Look::Bytes(bytes)),
    ))
    .parse_next(source)
}

fn of_configuration(source: &mut Source<'_>) -> Read<Look> {
    let holders = alt((words("nobody").value(Vec::new()), and(name)));
    let kind = alt((
        words("an access point").value(Kind::AccessPoint),
        words("a service network").value(Kind::ServiceNetwork),
        words("a user choice").value(Kind::UserChoice),
    ));
    let plain = alt([
        words("up").value(Look::Up(true)),
        words("down").value(Look::Up(false)),
        words("roaming").value(Look::Roams(true)),
        words("not roaming").value(Look::Roams(false)),
        words("gone for good").value(Look::Unknown),
    ]);
    alt((
        plain,
        preceded(words("held by"), cut_err(holders)).map(Look::HeldBy),
        kind.map(Look::Kind),
        preceded(words("of"), cut_err(and(name))).map(Look::Members),
        preceded(words("bearer"), cut_err(word)).map(Look::Bearer),
        preceded(words("purpose"), cut_err(word)).map(Look::Purpose),
        preceded(words("metered"), cut_err(word)).map(Look::Metered),
    ))
    .parse_next(source)
}
