//! Is every promise kept in worlds that are too large to be searched? Bytes say what there is, and what happens next of what can.

use arbitrary::{Result, Unstructured};
use netsession_fsm::hub::Settings;
use netsession_fsm::words::{
    AccessPoint, AccessPointId, Bearer, Capabilities, ConfigurationId, Mode, RadioId, Requirements, ServiceNetworkId, UserChoiceId,
};
use netsession_model::counterexample::names;
use netsession_model::next::{self, Desk};
use netsession_model::possible;
use netsession_model::state::State;
use netsession_model::trace::described;
use netsession_model::world::{Calls, Faults, NETWORK, Plan, World};
use std::time::Duration;

/// A world, and a run of it; S1 to S19 are asserted after every step, by the model's own observers.
///
/// # Panics
/// If one of them is broken: with the whole run in words.
pub fn world(bytes: &[u8]) {
    let mut bytes = Unstructured::new(bytes);
    let Ok(world) = any(&mut bytes) else { return };
    let mut state = State::initial(&world);
    let (mut desk, mut taken, mut actions) = (Desk::default(), Vec::new(), Vec::new());
    while !bytes.is_empty() {
        actions.clear();
        possible::actions(&world, &state, &mut actions);
        let Ok(action) = bytes.choose(&actions).copied() else { break };
        taken.push(action);
        if let Some(reached) = next::reached(&world, &state, action, &mut desk) {
            state = reached;
        }
        if state.violated != 0 {
            let story: Vec<_> = taken.iter().map(|action| described(&world, *action)).collect();
            panic!("{} broken in {world:#?} by\n  {}", names(state.violated).join(", "), story.join("\n  "));
        }
    }
}

/// What there is: two to four access points, some on one radio; one service network of them all, perhaps another one and a user choice;
/// one to four sessions.
fn any(bytes: &mut Unstructured<'_>) -> Result<World> {
    let links: u32 = bytes.int_in_range(2..=4)?;
    let access_points = (0..links).map(|_| access_point(bytes)).collect::<Result<Vec<_>>>()?;
    let mut networks = vec![(0..links).map(AccessPointId).collect::<Vec<_>>()];
    if bytes.arbitrary()? {
        networks.push((0..links).rev().take(2).map(AccessPointId).collect());
    }
    let choices = if bytes.arbitrary()? { vec![vec![AccessPointId(links - 1).into(), NETWORK]] } else { Vec::new() };
    let on = configurations(links, networks.len(), choices.len());
    let sessions = (0..bytes.int_in_range(1..=4u8)?).map(|place| plan(bytes, place, &on)).collect::<Result<_>>()?;
    Ok(World {
        name: "any",
        about: "what bytes say",
        names: &["A", "B", "C", "D"],
        access_points,
        networks,
        choices,
        sessions,
        faults: faults(bytes)?,
        calls: calls(bytes)?,
        settings: Settings { settle: if bytes.arbitrary()? { Duration::ZERO } else { Duration::from_secs(2) }, ..Settings::default() },
        ..World::plain()
    })
}

fn configurations(links: u32, networks: usize, choices: usize) -> Vec<ConfigurationId> {
    let networks = (0..networks as u32).map(|place| ServiceNetworkId(place).into());
    let choices = (0..choices as u32).map(|place| UserChoiceId(place).into());
    networks.chain(choices).chain([AccessPointId(0).into(), AccessPointId(links - 1).into()]).collect()
}

fn access_point(bytes: &mut Unstructured<'_>) -> Result<AccessPoint> {
    let fixed = Capabilities::ALL.without(Capabilities::CAN_START_AND_STOP_INTERFACES);
    Ok(AccessPoint {
        bearer: *bytes.choose(&[Bearer::Ethernet, Bearer::Wlan, Bearer::Lte])?,
        radio: bytes.choose(&[None, None, Some(RadioId(0)), Some(RadioId(1))]).copied()?,
        capabilities: if bytes.ratio(1u8, 8u8)? { fixed } else { Capabilities::ALL },
        ..AccessPoint::default()
    })
}

fn plan(bytes: &mut Unstructured<'_>, place: u8, on: &[ConfigurationId]) -> Result<Plan> {
    Ok(Plan {
        configuration: *bytes.choose(on)?,
        mode: *bytes.choose(&[Mode::Application, Mode::Application, Mode::Forced, Mode::Off])?,
        requirements: Requirements::NONE,
        may_stop: bytes.ratio(3u8, 4u8)?,
        reopen: bytes.ratio(1u8, 4u8)?,
        process: if bytes.ratio(1u8, 4u8)? { 0 } else { place },
    })
}

fn faults(bytes: &mut Unstructured<'_>) -> Result<Faults> {
    let crash = bytes.arbitrary()?;
    Ok(Faults {
        stays: bytes.arbitrary()?,
        others: bytes.arbitrary()?,
        raise_fails: bytes.arbitrary()?,
        route_fails: bytes.arbitrary()?,
        lost: bytes.arbitrary()?,
        gone: bytes.arbitrary()?,
        crash,
        deleted: bytes.arbitrary()?,
        says_why: bytes.arbitrary()?,
        // who raised the link of what was removed before a crash the observers of the worlds do not follow
        removed: bytes.arbitrary()? && !crash,
        budget: bytes.arbitrary()?,
        under_way: bytes.int_in_range(1..=3)?,
    })
}

fn calls(bytes: &mut Unstructured<'_>) -> Result<Calls> {
    Ok(Calls {
        stop: bytes.arbitrary()?,
        open_twice: bytes.arbitrary()?,
        request_roam: bytes.arbitrary()?,
        modes: bytes.arbitrary()?,
        choose: bytes.arbitrary()?,
        windows: bytes.arbitrary()?,
        requirements: bytes.arbitrary()?,
        die: bytes.arbitrary()?,
        returns: bytes.arbitrary()?,
        refresh: bytes.arbitrary()?,
    })
}
