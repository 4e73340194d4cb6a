//! What may a client say when it creates a session, and what does it require of access points?

use super::fault::{Fault, FaultKind};
use super::words::Word;
use netsession_fsm::hub::SessionOptions;
use netsession_fsm::words::{Bearer, Mode, Preference, Purpose, Requirements};
use std::collections::BTreeMap;
use zbus::OwnedVariant;

/// A dictionary as clients send it.
pub type Sent = BTreeMap<String, OwnedVariant>;

/// The options of `CreateSession`; what is left out is as [`SessionOptions::default`] says.
///
/// # Errors
/// `InvalidArgument` names the key that is not known, has another type, or says what makes no sense.
pub fn session(sent: Sent) -> Result<SessionOptions, Fault> {
    let mut options = SessionOptions::default();
    for (key, value) in sent {
        match key.as_str() {
            "mode" => options.mode = mode(&text(&key, value)?)?,
            "may_stop" => options.may_stop = flag(&key, value)?,
            "reopen" => options.reopen = flag(&key, value)?,
            _ => require(&mut options.requirements, &key, value)?,
        }
    }
    Ok(options)
}

/// The dictionary of `SetRequirements`; what is left out is no-preference.
///
/// # Errors
/// As [`session`].
pub fn requirements(sent: Sent) -> Result<Requirements, Fault> {
    let mut requirements = Requirements::NONE;
    for (key, value) in sent {
        require(&mut requirements, &key, value)?;
    }
    Ok(requirements)
}

/// A mode by its word.
///
/// # Errors
/// `InvalidArgument` if it is not known.
pub fn mode(word: &str) -> Result<Mode, Fault> {
    known("mode", word)
}

fn require(requirements: &mut Requirements, key: &str, value: OwnedVariant) -> Result<(), Fault> {
    match key {
        "bearers" => {
            for (bearer, level) in levels(key, value)? {
                requirements.bearers[known::<Bearer>(key, &bearer)? as usize] = known(key, &level)?;
            }
        }
        "purposes" => {
            for (purpose, level) in levels(key, value)? {
                requirements.purposes[known::<Purpose>(key, &purpose)? as usize] = known(key, &level)?;
            }
        }
        "metered" => requirements.metered = known::<Preference>(key, &text(key, value)?)?,
        _ => {
            let known = "mode, may_stop, reopen (CreateSession only), bearers, purposes, metered";
            return Err(invalid(format!("option {key:?} is not known; there are {known}")));
        }
    }
    Ok(())
}

fn known<W: Word>(what: &str, word: &str) -> Result<W, Fault> {
    W::from_word(word).ok_or_else(|| invalid(format!("{what}: {word:?} is not one of {}", W::words())))
}

fn text(key: &str, value: OwnedVariant) -> Result<String, Fault> {
    String::try_from(value).map_err(|_| invalid(format!("option {key:?} must be a string (s)")))
}

fn flag(key: &str, value: OwnedVariant) -> Result<bool, Fault> {
    bool::try_from(value).map_err(|_| invalid(format!("option {key:?} must be a boolean (b)")))
}

fn levels(key: &str, value: OwnedVariant) -> Result<BTreeMap<String, String>, Fault> {
    BTreeMap::try_from(value).map_err(|_| invalid(format!("option {key:?} must be words and their levels (a{{ss}})")))
}

fn invalid(message: String) -> Fault {
    Fault::new(FaultKind::InvalidArgument, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use zbus::Variant;

    fn sent<const N: usize>(entries: [(&str, Variant<'static>); N]) -> Sent {
        entries.into_iter().map(|(key, value)| (key.to_owned(), value.try_into_owned().unwrap())).collect()
    }

    #[test]
    fn what_is_left_out_is_the_default() {
        assert_eq!(session(sent([])), Ok(SessionOptions::default()));
        assert_eq!(requirements(sent([])), Ok(Requirements::NONE));
    }

    #[test]
    fn everything_can_be_said() {
        let bearers = BTreeMap::from([("wlan", "prefer"), ("lte", "avoid")]);
        let options = session(sent([
            ("mode", "application".into()),
            ("may_stop", false.into()),
            ("reopen", true.into()),
            ("metered", "prohibit".into()),
            ("bearers", bearers.into()),
            ("purposes", BTreeMap::from([("private", "require")]).into()),
        ]));
        let requirements = Requirements::NONE
            .bearer(Bearer::Wlan, Preference::Prefer)
            .bearer(Bearer::Lte, Preference::Avoid)
            .metered(Preference::Prohibit)
            .purpose(Purpose::Private, Preference::Require);
        assert_eq!(options, Ok(SessionOptions { mode: Mode::Application, requirements, may_stop: false, reopen: true }));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (entry, part) in [
            (("colour", Variant::from("red")), "colour"),
            (("mode", Variant::from("Application")), "off, forced, application"),
            (("mode", Variant::from(1_u32)), "string"),
            (("may_stop", Variant::from("yes")), "boolean"),
            (("bearers", Variant::from("wlan")), "a{ss}"),
            (("bearers", BTreeMap::from([("wlan", "please")]).into()), "please"),
        ] {
            let fault = session(sent([entry])).unwrap_err();
            assert!(format!("{fault:?}").contains(part), "{fault:?}");
        }
        assert!(requirements(sent([("mode", "off".into())])).is_err());
    }
}
