//! Does what a broker reads of its clients, and a client of its broker, take any value of D-Bus?

use netsession_broker::api::decode::{self, Malformed, Received};
use netsession_broker::api::fault::{Fault, FaultKind};
use netsession_broker::api::options::{self, Sent};
use netsession_broker::api::words::Word;
use netsession_broker::api::{MANAGER, PATH, SESSION, path};
use netsession_fsm::words::{Bearer, Kind, Metered, Mode, Phase, Preference, Purpose};
use zbus::message::Message;
use zbus::wire::serialized::{Context, Data};
use zbus::wire::{Endian, OwnedVariant, Structure, Type, Variant};

/// The signals of a session.
const SIGNALS: [&str; 8] = [
    "StateChanged",
    "PoliciesChanged",
    "Opened",
    "Closed",
    "PreferredConfigurationChanged",
    "NewConfigurationActivated",
    "OfferWithdrawn",
    "Error",
];

/// The errors of the broker whose arguments are read, and one of the bus.
const ERRORS: [&str; 4] = [
    "org.netsession.Error.Failed",
    "org.netsession.Error.WrongPhase",
    "org.netsession.Error.StaleOffer",
    "org.freedesktop.DBus.Error.NoReply",
];

/// The first byte says what the others are: in its upper bit the order of bytes, below it what reads them.
///
/// # Panics
/// If a reader does; if what is refused is not an invalid argument with a word why; if a word or a path is read otherwise than it is
/// written.
pub fn dbus(bytes: &[u8]) {
    let Some((what, bytes)) = bytes.split_first() else { return };
    let endian = if what & 0x80 == 0 { Endian::Little } else { Endian::Big };
    match what & 0x0f {
        0 => refused(sent(bytes, endian).map(options::session)),
        1 => refused(sent(bytes, endian).map(options::requirements)),
        2 => malformed(received(bytes, endian).map(decode::configuration)),
        3 => malformed(received(bytes, endian).map(decode::manager)),
        4 => malformed(received(bytes, endian).map(|keys| decode::session(PATH, keys))),
        5 => told(usize::from(what >> 4 & 0x07), bytes, endian),
        6 => error(usize::from(what >> 4 & 0x03), bytes, endian),
        _ => words(&String::from_utf8_lossy(bytes)),
    }
}

fn value<T: Type + for<'d> serde::Deserialize<'d>>(bytes: &[u8], endian: Endian) -> Option<T> {
    Data::new(bytes, Context::new(endian, 0)).deserialize().ok().map(|(value, _)| value)
}

fn sent(bytes: &[u8], endian: Endian) -> Option<Sent> {
    value(bytes, endian)
}

fn received(bytes: &[u8], endian: Endian) -> Option<Received> {
    value(bytes, endian)
}

fn refused<T>(read: Option<Result<T, Fault>>) {
    if let Some(Err(fault)) = read {
        let said = format!("{fault:?}");
        assert!(said.contains(&format!("{:?}", FaultKind::InvalidArgument)), "{said}");
    }
}

fn malformed<T>(read: Option<Result<T, Malformed>>) {
    if let Some(Err(error)) = read {
        assert!(!error.what.is_empty() && !error.why.is_empty(), "{error:?}");
    }
}

/// The arguments of a message: a structure in a variant.
fn arguments(bytes: &[u8], endian: Endian) -> Option<Structure<'static>> {
    match Variant::from(value::<OwnedVariant>(bytes, endian)?) {
        Variant::Structure(arguments) => Some(arguments),
        _ => None,
    }
}

fn told(signal: usize, bytes: &[u8], endian: Endian) {
    let Some(arguments) = arguments(bytes, endian) else { return };
    let signal = Message::signal(PATH, SESSION, SIGNALS[signal]).endian(endian).build(&arguments);
    malformed(signal.ok().map(|signal| decode::told(&signal)));
}

fn error(name: usize, bytes: &[u8], endian: Endian) {
    let Some(arguments) = arguments(bytes, endian) else { return };
    let Ok(call) = Message::method_call(PATH, "Refresh").interface(MANAGER).build(&()) else { return };
    if let Ok(reply) = Message::error(&call.header(), ERRORS[name]).endian(endian).build(&arguments) {
        assert_eq!(decode::error(&reply).name, ERRORS[name]);
    }
}

fn words(text: &str) {
    fn word<W: Word>(text: &str) {
        assert!(W::from_word(text).is_none_or(|it| it.word() == text), "{text:?}");
    }
    word::<Mode>(text);
    word::<Preference>(text);
    word::<Bearer>(text);
    word::<Purpose>(text);
    word::<Metered>(text);
    word::<Kind>(text);
    word::<Phase>(text);
    assert!(path::session(text).is_none_or(|session| path::of_session(session) == text), "{text:?}");
    assert!(path::below(text).is_none_or(|next| !next.is_empty()), "{text:?}");
    assert!(options::mode(text).is_err() || Mode::from_word(text).is_some(), "{text:?}");
}
