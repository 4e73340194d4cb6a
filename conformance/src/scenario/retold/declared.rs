//! What is there in a run? Its definitions as declarations.

use super::super::words::{Deed, SessionTrait, Standing, Wish, Wished};
use super::super::{Place, Scenario};
use super::names::Names;
use netsession_fsm::hub::{Call, Definition, Input, SessionOptions};
use netsession_fsm::words::{AccessPoint, Bearer, Capabilities, Metered, Preference, Purpose, Requirements};
use netsession_model::run::Run;
use std::time::Duration;

/// Of the same order as the levels of requirements.
const BEARERS: [Bearer; 15] = [
    Bearer::Unknown,
    Bearer::Ethernet,
    Bearer::Wlan,
    Bearer::Cellular2G,
    Bearer::Cdma2000,
    Bearer::Wcdma,
    Bearer::Hspa,
    Bearer::Bluetooth,
    Bearer::WiMax,
    Bearer::Evdo,
    Bearer::Lte,
    Bearer::Cellular3G,
    Bearer::Cellular4G,
    Bearer::Cellular5G,
    Bearer::Vpn,
];
const PURPOSES: [Purpose; 4] = [Purpose::Unknown, Purpose::Public, Purpose::Private, Purpose::ServiceSpecific];

/// Declares what is defined.
pub(super) fn define(scenario: &mut Scenario, names: &mut Names, run: &Run, definition: &Definition, name: Option<&str>) {
    let name = names.define(definition.id(), name);
    match definition {
        Definition::AccessPoint(_, point) => {
            let usual = AccessPoint::default();
            let matters = matters(run);
            scenario.access_points.push(Place {
                // until something is said of it
                standing: Standing::Away,
                connect_timeout: Some(whole(point.connect_timeout)).filter(|time| *time != usual.connect_timeout),
                cannot_stop: !point.capabilities.has(Capabilities::CAN_START_AND_STOP_INTERFACES),
                attributes: AccessPoint {
                    bearer: if matters { point.bearer } else { usual.bearer },
                    purpose: if matters { point.purpose } else { usual.purpose },
                    // what is not metered costs as little as what nobody knows of
                    metered: if point.metered == Metered::Yes || matters { point.metered } else { usual.metered },
                    radio: point.radio,
                    ..usual
                },
                ..Place::new(name)
            });
        }
        Definition::ServiceNetwork(_, network) => {
            let members = network.members.iter().map(|member| names.of((*member).into())).collect();
            scenario.service_networks.push((name, members));
        }
        Definition::UserChoice(_, choice) => {
            let options = choice.options.iter().map(|option| names.of(*option)).collect();
            scenario.user_choices.push((name, options));
        }
    }
}

/// Whether what access points are like decides anything in it: labs have cables only.
fn matters(run: &Run) -> bool {
    run.happened.iter().any(|it| match &it.input {
        Input::Create { options, .. } => options.requirements != Requirements::NONE,
        Input::Request { call: Call::SetRequirements(requirements), .. } => *requirements != Requirements::NONE,
        _ => false,
    })
}

/// A file has whole milliseconds.
pub(super) fn whole(time: Duration) -> Duration {
    Duration::from_millis(u64::try_from(time.as_micros().div_ceil(1000)).unwrap_or(u64::MAX))
}

/// How a session is to be.
pub(super) fn traits(options: &SessionOptions) -> Vec<SessionTrait> {
    let wishes = wishes(&Requirements::NONE, &options.requirements).into_iter().map(SessionTrait::Wants);
    let may_not_stop = (!options.may_stop).then_some(SessionTrait::MayNotStop);
    let reopens = options.reopen.then_some(SessionTrait::Reopens);
    std::iter::once(SessionTrait::Mode(options.mode)).chain(may_not_stop).chain(reopens).chain(wishes).collect()
}

/// What a session does to ask for something else than before.
pub(super) fn changes(before: &Requirements, now: &Requirements) -> Vec<Deed> {
    wishes(before, now).into_iter().map(Deed::Wants).collect()
}

fn wishes(before: &Requirements, now: &Requirements) -> Vec<Wish> {
    let one = |of: Wished, before: Preference, now: Preference| (before != now).then_some(Wish { level: now, of });
    let bearers = BEARERS.iter().zip(before.bearers.iter().zip(&now.bearers));
    let purposes = PURPOSES.iter().zip(before.purposes.iter().zip(&now.purposes));
    let bearers = bearers.filter_map(|(bearer, (before, now))| one(Wished::Bearer(*bearer), *before, *now));
    let purposes = purposes.filter_map(|(purpose, (before, now))| one(Wished::Purpose(*purpose), *before, *now));
    one(Wished::Metered, before.metered, now.metered).into_iter().chain(bearers).chain(purposes).collect()
}
