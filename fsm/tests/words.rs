//! Do words that are put together mean what they say: flags, levels, texts?

use netsession_fsm::words::{AccessPoint, Capabilities, Cause, Metered, Preference, Requirements};
use std::collections::BTreeSet;

#[test]
fn capabilities_are_sets() {
    let (starts, roams, forced) =
        (Capabilities::CAN_START_AND_STOP_INTERFACES, Capabilities::APPLICATION_LEVEL_ROAMING, Capabilities::FORCED_ROAMING);
    let both = starts.with(roams).both(roams.with(forced));
    assert_eq!(both, roams);
    let without = starts.with(roams).without(roams.with(forced));
    assert_eq!(without, starts);
    assert_eq!(roams.with(roams), roams);
}

#[test]
fn all_capabilities_are_those_that_need_neither_a_broker_nor_a_locked_system() {
    let others = Capabilities::SYSTEM_SESSION_SUPPORT.with(Capabilities::NETWORK_SESSION_REQUIRED);
    for (flag, name) in Capabilities::NAMES {
        assert_eq!(Capabilities::ALL.has(flag), !others.has(flag), "{name}");
    }
}

#[test]
fn a_level_for_metered_access_points_is_one_for_metered_access_points() {
    let metered = |metered| AccessPoint { metered, ..AccessPoint::default() };
    let avoids = Requirements::NONE.metered(Preference::Avoid);
    assert!(avoids.fit(&metered(Metered::Yes)) > avoids.fit(&metered(Metered::No)));
    let prohibits = Requirements::NONE.metered(Preference::Prohibit);
    assert_eq!(prohibits.fit(&metered(Metered::Yes)), None);
    assert_eq!(prohibits.fit(&metered(Metered::No)), Requirements::NONE.fit(&metered(Metered::No)));
}

#[test]
fn each_cause_has_a_text_of_its_own() {
    let causes = [
        Cause::Unknown,
        Cause::Timeout,
        Cause::Authentication,
        Cause::NoLease,
        Cause::RadioBusy,
        Cause::CarrierLost,
        Cause::Vanished,
        Cause::TakenDown,
        Cause::BackendGone,
        Cause::NotAuthorised,
        Cause::CannotStartStop,
        Cause::Removed,
        Cause::Stopped,
        Cause::Declined,
        Cause::NoCandidate,
        Cause::Suppressed,
        Cause::NotAvailable,
        Cause::Requirements,
        Cause::Route,
        Cause::Cancelled,
        Cause::RoamingOff,
    ];
    let texts: BTreeSet<_> = causes.map(Cause::text).into();
    assert_eq!(texts.len(), causes.len());
    assert!(texts.iter().all(|text| text.contains(' ')), "{texts:?}");
}
