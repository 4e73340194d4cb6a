//! Does the link machine do what SPEC §3, §5 and §7.1 say, row by row?

mod table;

use netsession_fsm::link::LinkState::{Absent, Defined, Down, Lowering, Raising, Undefined, Up};
use netsession_fsm::link::{LinkEffect, LinkEvent, LinkMemory, LinkState};
use netsession_fsm::step::Verdict::{self, Moved, Stayed};
use netsession_fsm::words::{Cause, ConfigurationState};
use table::{Row, hold};

const OURS: LinkMemory = LinkMemory { ours: true };
const FOUND: LinkMemory = LinkMemory { ours: false };
const ACTIVE: LinkEvent = LinkEvent::Reported { state: ConfigurationState::Active, settled: true, cause: Cause::Unknown };

const EARLY_ACTIVE: LinkEvent = LinkEvent::Reported { state: ConfigurationState::Active, settled: false, cause: Cause::Unknown };

/// Every report that a link is not Active, and the leaf it tells of.
const DOWN_REPORTS: [(LinkEvent, LinkState); 9] = [
    (reported(ConfigurationState::Absent, true, Cause::Unknown), Absent),
    (reported(ConfigurationState::Absent, false, Cause::Unknown), Absent),
    (reported(ConfigurationState::Absent, true, Cause::BackendGone), Absent),
    (reported(ConfigurationState::Undefined, true, Cause::Unknown), Undefined),
    (reported(ConfigurationState::Undefined, false, Cause::Unknown), Undefined),
    (reported(ConfigurationState::Defined, true, Cause::Unknown), Defined),
    (reported(ConfigurationState::Defined, false, Cause::Unknown), Defined),
    (reported(ConfigurationState::Discovered, true, Cause::Unknown), Down),
    (reported(ConfigurationState::Discovered, false, Cause::Unknown), Down),
];

const fn reported(state: ConfigurationState, settled: bool, cause: Cause) -> LinkEvent {
    LinkEvent::Reported { state, settled, cause }
}

type Place = (LinkState, LinkMemory);

fn row(from: Place, event: LinkEvent, verdict: Verdict, to: Place, effects: &[LinkEffect]) -> Row<LinkMemory> {
    Row { from, event, verdict, to, effects: effects.to_vec() }
}

/// What a report says of itself.
fn of(event: LinkEvent) -> (bool, Cause) {
    match event {
        LinkEvent::Reported { settled, cause, .. } => (settled, cause),
        LinkEvent::Wanted | LinkEvent::Released | LinkEvent::Unwatched | LinkEvent::Forced | LinkEvent::Expired => {
            panic!("{event:?} is no report")
        }
    }
}

/// Whether ours is still what the report leaves: not if the interface is gone, unless it is the executor that is.
fn kept(memory: LinkMemory, leaf: LinkState, cause: Cause) -> LinkMemory {
    LinkMemory { ours: memory.ours && (leaf != Absent || cause == Cause::BackendGone) }
}

#[test]
fn every_step_of_the_link_machine() {
    let (mut starts, mut rows) = (Vec::new(), Vec::new());
    for memory in [FOUND, OURS] {
        // Idle: a report moves it to what it says; up without us is up.
        for leaf in [Absent, Undefined, Defined, Down] {
            starts.push((leaf, memory));
            for event in [ACTIVE, EARLY_ACTIVE] {
                rows.push(row((leaf, memory), event, Moved, (Up, memory), &[LinkEffect::CameUp]));
            }
            for (event, told) in DOWN_REPORTS {
                rows.push(row((leaf, memory), event, Moved, (told, kept(memory, told, of(event).1)), &[]));
            }
        }
        // Only what is usable and down is raised, and is ours from then on.
        rows.push(row((Down, memory), LinkEvent::Wanted, Moved, (Raising, OURS), &[LinkEffect::Raise]));
        // Up: leaving it for whatever reason is a loss; by force it goes down, whoever raised it.
        starts.push((Up, memory));
        rows.extend([ACTIVE, EARLY_ACTIVE].map(|event| row((Up, memory), event, Stayed, (Up, memory), &[])));
        for (event, told) in DOWN_REPORTS {
            let cause = of(event).1;
            rows.push(row((Up, memory), event, Moved, (told, kept(memory, told, cause)), &[LinkEffect::Lost(cause)]));
        }
        rows.push(row((Up, memory), LinkEvent::Forced, Moved, (Lowering, memory), &[LinkEffect::Lower, LinkEffect::ArmRetry]));
        // Lowering ends only when the executor is done with it and the link is not Active, and is tried again until then.
        starts.push((Lowering, memory));
        rows.extend([ACTIVE, EARLY_ACTIVE].map(|event| row((Lowering, memory), event, Stayed, (Lowering, memory), &[])));
        for (event, told) in DOWN_REPORTS {
            let (settled, cause) = of(event);
            if !settled {
                rows.push(row((Lowering, memory), event, Stayed, (Lowering, memory), &[]));
                continue;
            }
            let after = LinkMemory { ours: memory.ours && cause == Cause::BackendGone };
            rows.push(row((Lowering, memory), event, Moved, (told, after), &[LinkEffect::Fell(cause), LinkEffect::DisarmRetry]));
        }
        let again = [LinkEffect::Lower, LinkEffect::DisarmRetry, LinkEffect::ArmRetry];
        rows.push(row((Lowering, memory), LinkEvent::Expired, Moved, (Lowering, memory), &again));
    }
    // What is left of a raise is given back once nobody could use it, and only then.
    rows.extend([FOUND, OURS].map(|memory| row((Absent, memory), LinkEvent::Unwatched, Stayed, (Absent, memory), &[])));
    for leaf in [Undefined, Defined, Down] {
        rows.push(row((leaf, OURS), LinkEvent::Unwatched, Stayed, (leaf, FOUND), &[LinkEffect::Lower]));
    }
    // The last lease gone: lowered if we raised it, else left as found (no row).
    rows.push(row((Up, OURS), LinkEvent::Released, Moved, (Lowering, OURS), &[LinkEffect::Lower, LinkEffect::ArmRetry]));
    // Raising, always by us: what is reported before the executor is done says nothing about the raise (S5).
    starts.push((Raising, OURS));
    rows.push(row((Raising, OURS), EARLY_ACTIVE, Stayed, (Raising, OURS), &[]));
    rows.push(row((Raising, OURS), ACTIVE, Moved, (Up, OURS), &[LinkEffect::CameUp]));
    for (event, told) in DOWN_REPORTS {
        let (settled, cause) = of(event);
        rows.push(if settled {
            let after = LinkMemory { ours: cause == Cause::BackendGone };
            row((Raising, OURS), event, Moved, (told, after), &[LinkEffect::Failed(cause)])
        } else {
            row((Raising, OURS), event, Stayed, (Raising, OURS), &[])
        });
    }
    for event in [LinkEvent::Released, LinkEvent::Forced] {
        rows.push(row((Raising, OURS), event, Moved, (Lowering, OURS), &[LinkEffect::Lower, LinkEffect::ArmRetry]));
    }
    hold(&starts, &rows);
}
