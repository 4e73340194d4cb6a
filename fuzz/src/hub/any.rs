//! What input do some bytes mean? Whatever they are they mean one: mostly of what is there, sometimes of what is not.

use super::life::{LINKS, Life};
use arbitrary::{Result, Unstructured};
use netsession_fsm::hub::{Call, Counters, Definition, Input, LinkReport, Report, SessionOptions, Timer};
use netsession_fsm::words::{
    AccessPoint, AccessPointId, Bearer, Capabilities, Cause, ConfigurationId, ConfigurationState, ExecutorId, Metered, Mode, OfferId,
    OperationId, Preference, RadioId, RequestId, Requirements, ServiceNetwork, ServiceNetworkId, SessionId, UserChoice, UserChoiceId,
};
use std::time::Duration;

const STATES: [ConfigurationState; 7] = [
    ConfigurationState::Discovered,
    ConfigurationState::Active,
    ConfigurationState::Defined,
    ConfigurationState::Active,
    ConfigurationState::Discovered,
    ConfigurationState::Undefined,
    ConfigurationState::Absent,
];

/// The next input.
pub(super) fn input(bytes: &mut Unstructured<'_>, life: &Life) -> Result<Input> {
    Ok(match bytes.int_in_range(0..=31u8)? {
        0..=1 => Input::Create { request: request(life), configuration: configuration(bytes)?, options: options(bytes)? },
        2 => Input::Drop(session(bytes, life)?),
        3..=12 => {
            let session = session(bytes, life)?;
            Input::Request { session, request: request(life), call: call(bytes, life, session)? }
        }
        13..=22 => Input::Report(Report::Link(link_report(bytes, life)?)),
        23..=25 => match life.timers.len() {
            0 => Input::Fired(Timer::Session(session(bytes, life)?)),
            some => Input::Fired(*life.timers.iter().nth(bytes.choose_index(some)?).expect("there are so many")),
        },
        26 => Input::Report(Report::Route {
            op: operation(bytes, life.prefer)?,
            result: if bytes.arbitrary()? { Ok(()) } else { Err(Cause::Route) },
        }),
        27 => {
            let executor = executor(bytes)?;
            let links = life.links_of(executor);
            let listed = bytes.int_in_range(0..=links.len())?;
            let reports = links.into_iter().take(listed).map(|link| report_of(bytes, life, link)).collect::<Result<_>>()?;
            Input::Report(Report::Resync { executor, links: reports })
        }
        28 => Input::Report(Report::Gone { executor: executor(bytes)? }),
        29 => match bytes.int_in_range(0..=4u8)? {
            0 => Input::Refresh { request: request(life) },
            1 => {
                let executor = executor(bytes)?;
                Input::Report(Report::Refreshed { op: operation(bytes, life.scans.get(&executor).copied())?, executor })
            }
            2 => Input::SaveTraffic(bytes.arbitrary()?),
            3 => Input::Default(if bytes.arbitrary()? { Some(configuration(bytes)?) } else { None }),
            _ => {
                let counters = Counters { received: bytes.arbitrary()?, sent: bytes.arbitrary()? };
                Input::Report(Report::Counters { access_point: link(bytes)?, counters })
            }
        },
        30 => Input::Remove(configuration(bytes)?),
        _ => Input::Define(definition(bytes)?),
    })
}

/// A number no request had before.
fn request(life: &Life) -> RequestId {
    life.next_request()
}

fn link(bytes: &mut Unstructured<'_>) -> Result<AccessPointId> {
    // one behind the last is not there, unless it was defined
    Ok(AccessPointId(bytes.int_in_range(0..=LINKS)?))
}

fn executor(bytes: &mut Unstructured<'_>) -> Result<ExecutorId> {
    bytes.int_in_range(0..=2).map(ExecutorId)
}

fn configuration(bytes: &mut Unstructured<'_>) -> Result<ConfigurationId> {
    Ok(match bytes.int_in_range(0..=7u8)? {
        0..=2 => ServiceNetworkId(0).into(),
        3 => UserChoiceId(0).into(),
        4 => ServiceNetworkId(1).into(),
        5 => UserChoiceId(1).into(),
        _ => link(bytes)?.into(),
    })
}

fn session(bytes: &mut Unstructured<'_>, life: &Life) -> Result<SessionId> {
    let some = bytes.int_in_range(0..=15usize)?;
    let nobody = SessionId { index: some as u32, generation: 9 };
    Ok(if some == 15 || life.sessions.is_empty() { nobody } else { life.sessions[some % life.sessions.len()] })
}

/// The newest one, or another one.
fn operation(bytes: &mut Unstructured<'_>, newest: Option<OperationId>) -> Result<OperationId> {
    let newest = newest.unwrap_or_default();
    Ok(if bytes.ratio(3u8, 4u8)? { newest } else { OperationId(bytes.int_in_range(0..=newest.0)?) })
}

fn options(bytes: &mut Unstructured<'_>) -> Result<SessionOptions> {
    Ok(SessionOptions {
        mode: mode(bytes)?,
        requirements: if bytes.ratio(1u8, 4u8)? { requirements(bytes)? } else { Requirements::NONE },
        may_stop: bytes.ratio(3u8, 4u8)?,
        reopen: bytes.ratio(1u8, 4u8)?,
    })
}

fn mode(bytes: &mut Unstructured<'_>) -> Result<Mode> {
    bytes.choose(&[Mode::Application, Mode::Forced, Mode::Off]).copied()
}

fn requirements(bytes: &mut Unstructured<'_>) -> Result<Requirements> {
    use Preference::{Avoid, NoPreference, Prefer, Prohibit, Require};
    let levels = [NoPreference, Prefer, Avoid, Prohibit, Require];
    let bearer = *bytes.choose(&[Bearer::Wlan, Bearer::Lte, Bearer::Ethernet])?;
    Ok(Requirements::NONE.bearer(bearer, *bytes.choose(&levels)?).metered(*bytes.choose(&levels)?))
}

/// What a session asks: mostly what fits.
fn call(bytes: &mut Unstructured<'_>, life: &Life, session: SessionId) -> Result<Call> {
    let pending = life.hub().snapshot(session).and_then(|now| now.offer).map_or(OfferId(0), |offer| offer.id);
    let what = bytes.int_in_range(0..=31u8)?;
    let offer = if what == 31 { OfferId(bytes.arbitrary()?) } else { pending };
    Ok(match what {
        0..=7 => Call::Open { choice: if bytes.ratio(1u8, 8u8)? { Some(configuration(bytes)?) } else { None } },
        8..=9 => Call::Close,
        10 => Call::Stop,
        11..=15 => Call::Migrate(offer),
        16..=17 => Call::Ignore(offer),
        18..=21 => Call::Accept(offer),
        22..=23 => Call::Reject(offer),
        24..=25 => Call::RequestRoam,
        26..=27 => Call::SetMode(mode(bytes)?),
        28 => Call::SetRequirements(requirements(bytes)?),
        29 => Call::Suppress(*bytes.choose(&[Duration::ZERO, Duration::from_secs(7), Duration::MAX])?),
        _ => *bytes.choose(&[Call::Migrate(offer), Call::Ignore(offer), Call::Accept(offer), Call::Reject(offer)])?,
    })
}

fn link_report(bytes: &mut Unstructured<'_>, life: &Life) -> Result<LinkReport> {
    let link = link(bytes)?;
    report_of(bytes, life, link)
}

/// A report: mostly newer than the last one, and of the newest operation.
fn report_of(bytes: &mut Unstructured<'_>, life: &Life, access_point: AccessPointId) -> Result<LinkReport> {
    let state = *bytes.choose(&STATES)?;
    let generation = if bytes.ratio(7u8, 8u8)? { life.generation + 1 } else { bytes.int_in_range(0..=life.generation)? };
    let done = operation(bytes, life.ops.get(&access_point).copied())?;
    let cause = *bytes.choose(&[Cause::Unknown, Cause::CarrierLost, Cause::Authentication, Cause::Vanished, Cause::NoLease])?;
    Ok(LinkReport { access_point, generation, state, done, cause })
}

fn definition(bytes: &mut Unstructured<'_>) -> Result<Definition> {
    Ok(match bytes.int_in_range(0..=3u8)? {
        0..=1 => {
            let attributes = AccessPoint {
                bearer: *bytes.choose(&[Bearer::Wlan, Bearer::Lte, Bearer::Ethernet])?,
                metered: *bytes.choose(&[Metered::Unknown, Metered::Yes, Metered::No])?,
                radio: if bytes.arbitrary()? { Some(RadioId(bytes.int_in_range(0..=1)?)) } else { None },
                executor: executor(bytes)?,
                capabilities: if bytes.ratio(1u8, 4u8)? { Capabilities(bytes.arbitrary()?) } else { Capabilities::ALL },
                ..AccessPoint::default()
            };
            Definition::AccessPoint(link(bytes)?, attributes)
        }
        2 => {
            let members = (0..bytes.int_in_range(0..=4u8)?).map(|_| link(bytes)).collect::<Result<_>>()?;
            let network = ServiceNetwork { members, ..ServiceNetwork::default() };
            Definition::ServiceNetwork(ServiceNetworkId(bytes.int_in_range(0..=1)?), network)
        }
        _ => {
            let options = (0..bytes.int_in_range(0..=3u8)?).map(|_| configuration(bytes)).collect::<Result<_>>()?;
            Definition::UserChoice(UserChoiceId(bytes.int_in_range(0..=1)?), UserChoice { options })
        }
    })
}
