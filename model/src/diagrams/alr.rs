//! How does application level roaming look to a reader of Qt's `QNetworkSession`? The roaming machine with Qt's names.

use super::machine::{Arrow, Leaf, Machine};
use super::scxml::{Charted, Charting, Step};
use crate::walk::{Edge, Fault, Spot, Walk, walk};
use netsession_fsm::roaming::{Old, RoamEffect, RoamEvent, RoamMemory, RoamState, Why};
use netsession_fsm::step::{Chart, Verdict};
use netsession_fsm::words::Cause;

/// Where the session is when it is no longer open; not a leaf of the roaming machine.
const ENDED: &str = "Disconnected";

/// The handshake as Qt's application sees it: Qt's states around ours, Qt's slots and signals on the arrows. Leaves nobody sees are
/// passed through, and what only the hub sees is left out.
///
/// # Errors
///
/// The law of machines the roaming machine breaks.
pub fn machine() -> Result<Machine, Fault> {
    Ok(translated(&walk::<RoamMemory>()?))
}

/// Qt's name for each event and effect that has one, as a Markdown table.
#[must_use]
pub fn names() -> String {
    let mut text = String::from("| machine | Qt |\n|---|---|\n");
    for event in RoamMemory::ALPHABET {
        let called = trigger(*event);
        if called.ends_with(')') {
            text.push_str(&format!("| event {} | `{called}` |\n", RoamMemory::event_name(*event)));
        }
    }
    let effects = [RoamEffect::Offer, RoamEffect::Activate, RoamEffect::RoamFailed(Cause::CarrierLost)];
    let lost = [Why::Nowhere(Cause::CarrierLost), Why::Declined, Why::Failed(Cause::CarrierLost)];
    for effect in effects.into_iter().chain(lost.map(RoamEffect::Lose)) {
        text.push_str(&format!("| effect {effect:?} | `{}` |\n", reactions(effect).join("`, `")));
    }
    text
}

fn translated(walk: &Walk<RoamMemory>) -> Machine {
    let mut edges = Vec::new();
    for edge in walk.edges.iter().filter(|edge| edge.verdict != Verdict::Ignored && !RoamMemory::is_transient(edge.from.leaf)) {
        edges.extend(ends(walk, edge).into_iter().map(|(end, next)| arrow(edge, end, next)));
    }
    let mut leaves: Vec<Leaf> = Vec::new();
    for spot in walk.spots.iter().filter(|spot| !RoamMemory::is_transient(spot.leaf)) {
        let memory = spot.memory.memory_name(spot.leaf).to_owned();
        match leaves.iter_mut().find(|leaf| leaf.id == id(*spot)) {
            Some(leaf) if leaf.memories.contains(&memory) => {}
            Some(leaf) => leaf.memories.push(memory),
            None => leaves.push(leaf(*spot, memory)),
        }
    }
    let order = |leaf: &Leaf| RoamMemory::LEAVES.iter().position(|known| leaf.doc == doc(*known));
    leaves.sort_by_key(|leaf| (leaf.superstates != ["Connected"], order(leaf)));
    leaves.push(Leaf {
        id: ENDED.to_owned(),
        label: "Disconnected, or whatever the link shows".to_owned(),
        doc: "SessionState::Disconnected".to_owned(),
        superstates: Vec::new(),
        transient: false,
        memories: vec![String::new()],
    });
    let mut events: Vec<String> = Vec::new();
    for event in RoamMemory::ALPHABET {
        for after in ["", " [another candidate]", " [none left]"] {
            let event = format!("{}{after}", trigger(*event));
            if !events.contains(&event) {
                events.push(event);
            }
        }
    }
    Machine::assemble("alr", id(walk.spots[0]), leaves, events, edges)
}

/// Where a step ends, and the step that is taken after it at once, if one is.
fn ends<'a>(walk: &'a Walk<RoamMemory>, edge: &Edge<RoamMemory>) -> Vec<(Spot<RoamMemory>, Option<&'a Edge<RoamMemory>>)> {
    if !RoamMemory::is_transient(edge.to.leaf) {
        return vec![(edge.to, None)];
    }
    // The old link is gone then, and its radio is free.
    let given = |event: RoamEvent| !matches!(event, RoamEvent::Ended | RoamEvent::CandidateFound { keeps_old: false, .. });
    let onward = walk.edges.iter().filter(|next| next.from == edge.to && next.verdict == Verdict::Moved && given(next.event));
    onward.map(|next| (next.to, Some(next))).collect()
}

/// The same as a state chart that can be run: what the memory says is told apart. A session that has ended is in the state
/// `Disconnected`, from which nothing leads on: what follows is another handshake.
///
/// # Errors
///
/// The law of machines the roaming machine breaks.
pub(super) fn charted() -> Result<Charted, Fault> {
    let walk = walk::<RoamMemory>()?;
    let mut spots: Vec<Spot<RoamMemory>> = walk.spots.iter().copied().filter(|spot| !RoamMemory::is_transient(spot.leaf)).collect();
    let order = |spot: &Spot<RoamMemory>| RoamMemory::LEAVES.iter().position(|leaf| *leaf == spot.leaf);
    spots.sort_by_key(|spot| (qt_state(*spot) != "Connected", order(spot)));
    let ended = spots.len();
    let number = |spot: Spot<RoamMemory>| spots.iter().position(|other| *other == spot).unwrap_or(ended);
    let mut states: Vec<Charting> = Vec::new();
    for spot in &spots {
        let mut steps = Vec::new();
        for edge in walk.edges.iter().filter(|edge| edge.from == *spot && edge.verdict != Verdict::Ignored) {
            for (end, next) in ends(&walk, edge) {
                let arrow = arrow(edge, end, next);
                let to = if arrow.to == ENDED { ended } else { number(end) };
                let stays = edge.verdict == Verdict::Stayed && end == *spot;
                steps.push(Step { event: arrow.event, to: (!stays).then_some(to), asks: arrow.effects });
            }
        }
        let memory = spot.memory.memory_name(spot.leaf).to_owned();
        states.push(Charting { leaf: id(*spot).to_owned(), memory, superstates: vec![qt_state(*spot).to_owned()], steps });
    }
    states.push(Charting { leaf: ENDED.to_owned(), memory: String::new(), superstates: Vec::new(), steps: Vec::new() });
    Ok(Charted { initial: number(walk.spots[0]), states })
}

/// Qt's public state (SPEC §4).
fn qt_state(spot: Spot<RoamMemory>) -> &'static str {
    match (spot.leaf, spot.memory.old) {
        (RoamState::Stable, _) | (RoamState::Offered, Old::Up) => "Connected",
        (RoamState::Offered, Old::Gone | Old::Yielded)
        | (RoamState::Seeking | RoamState::Migrating | RoamState::Trial | RoamState::Committing | RoamState::Restoring, _) => "Roaming",
    }
}

fn id(spot: Spot<RoamMemory>) -> &'static str {
    match (spot.leaf, qt_state(spot)) {
        (RoamState::Offered, "Roaming") => "OfferedOldLost",
        (leaf, _) => RoamMemory::leaf_name(leaf),
    }
}

fn leaf(spot: Spot<RoamMemory>, memory: String) -> Leaf {
    let label = if id(spot) == "OfferedOldLost" { "Offered, old link lost" } else { id(spot) };
    Leaf {
        id: id(spot).to_owned(),
        label: label.to_owned(),
        doc: doc(spot.leaf),
        superstates: vec![qt_state(spot).to_owned()],
        transient: false,
        memories: vec![memory],
    }
}

fn doc(leaf: RoamState) -> String {
    format!("RoamState::{leaf:?}")
}

/// One arrow: a step, and the one after it if that is taken at once.
fn arrow(edge: &Edge<RoamMemory>, end: Spot<RoamMemory>, next: Option<&Edge<RoamMemory>>) -> Arrow {
    let effects = || edge.effects.iter().chain(next.into_iter().flat_map(|next| &next.effects));
    let ended = edge.event == RoamEvent::Ended || effects().any(|effect| matches!(effect, RoamEffect::Lose(_)));
    let mut seen: Vec<&'static str> = Vec::new();
    for reaction in effects().flat_map(|effect| reactions(*effect)).chain(if ended { vec!["closed()"] } else { Vec::new() }) {
        if !seen.contains(&reaction) {
            seen.push(reaction);
        }
    }
    // The order of SPEC §11: state, closed, offer or activation, error.
    seen.sort_by_key(|reaction| (*reaction != "closed()", reaction.starts_with("error")));
    let (before, after) = (qt_state(edge.from), if ended { ENDED } else { qt_state(end) });
    let mut effects: Vec<String> = seen.into_iter().map(str::to_owned).collect();
    if before != after {
        effects.insert(0, format!("stateChanged({after})"));
    }
    let onward = match next.map(|next| next.event) {
        Some(RoamEvent::NoCandidate) => " [none left]",
        Some(_) => " [another candidate]",
        None => "",
    };
    let (from, to) = (id(edge.from), if ended { ENDED } else { id(end) });
    Arrow {
        from: from.to_owned(),
        memory: edge.from.memory.memory_name(edge.from.leaf).to_owned(),
        event: format!("{}{onward}", trigger(edge.event)),
        verdict: if from == to { edge.verdict } else { Verdict::Moved },
        to: to.to_owned(),
        effects,
    }
}

/// What a reader of Qt calls an event: a slot by its name, anything else in words.
const fn trigger(event: RoamEvent) -> &'static str {
    match event {
        RoamEvent::CandidateFound { keeps_old: true, .. } => "better candidate",
        RoamEvent::CandidateFound { keeps_old: false, .. } => "better candidate on the same radio",
        RoamEvent::NoCandidate => "no candidate",
        RoamEvent::CandidateVanished => "candidate vanished",
        RoamEvent::Migrate => "migrate()",
        RoamEvent::Ignore => "ignore()",
        RoamEvent::Accept => "accept()",
        RoamEvent::Reject => "reject()",
        RoamEvent::CandidateUp => "candidate up",
        RoamEvent::CandidateLost(_) => "candidate lost",
        RoamEvent::Confirmed => "default route switched",
        RoamEvent::Refused(_) => "default route refused",
        RoamEvent::OldUp => "old link up again",
        RoamEvent::OldLost(_) => "old link lost",
        RoamEvent::Expired => "deadline",
        RoamEvent::Ended => "close()",
    }
}

/// The signals an effect brings about; a withdrawal has none in Qt.
fn reactions(effect: RoamEffect) -> Vec<&'static str> {
    match effect {
        RoamEffect::Offer => vec!["preferredConfigurationChanged()"],
        RoamEffect::Activate => vec!["newConfigurationActivated()"],
        RoamEffect::Withdraw => vec!["offer withdrawn"],
        RoamEffect::RoamFailed(_) => vec!["error(RoamingError)"],
        RoamEffect::Lose(Why::Failed(_)) => vec!["closed()", "error(RoamingError)"],
        RoamEffect::Lose(Why::Nowhere(_) | Why::Declined) => vec!["closed()", "error(SessionAbortedError)"],
        RoamEffect::YieldOld
        | RoamEffect::LeaseCandidate
        | RoamEffect::DropCandidate
        | RoamEffect::Suppress
        | RoamEffect::BackOff
        | RoamEffect::DropOld
        | RoamEffect::Adopt
        | RoamEffect::RestoreOld
        | RoamEffect::LoseOld
        | RoamEffect::Arm(_)
        | RoamEffect::Disarm => Vec::new(),
    }
}
