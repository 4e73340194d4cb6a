//! Does the roaming machine do what SPEC §6.3 says, row by row?

mod table;

use netsession_fsm::roaming::RoamState::{Committing, Migrating, Offered, Restoring, Seeking, Stable, Trial};
use netsession_fsm::roaming::{Deadline, Old, RoamEffect, RoamEvent, RoamMemory, RoamState, Why};
use netsession_fsm::step::Verdict::{self, Moved, Stayed};
use netsession_fsm::words::Cause;
use table::{Row, hold};

const LOST: Cause = Cause::CarrierLost;
const FOUND: RoamEvent = RoamEvent::CandidateFound { consulted: true, keeps_old: true };
const FOUND_ON_RADIO: RoamEvent = RoamEvent::CandidateFound { consulted: true, keeps_old: false };

const NONE: RoamMemory = RoamMemory { old: Old::Up, consulted: false, keeps_old: false, why: Why::Nowhere(Cause::Unknown) };
const UP: RoamMemory = RoamMemory { consulted: true, keeps_old: true, ..NONE };
const SAME_RADIO: RoamMemory = RoamMemory { keeps_old: false, ..UP };
const YIELDED: RoamMemory = RoamMemory { old: Old::Yielded, ..SAME_RADIO };
const GONE: RoamMemory = RoamMemory { old: Old::Gone, why: Why::Nowhere(LOST), ..UP };

type Place = (RoamState, RoamMemory);

fn moved(from: Place, event: RoamEvent, to: Place, effects: &[RoamEffect]) -> Row<RoamMemory> {
    Row { from, event, verdict: Moved, to, effects: effects.to_vec() }
}

fn stayed(from: Place, event: RoamEvent, to: Place, effects: &[RoamEffect]) -> Row<RoamMemory> {
    let verdict: Verdict = Stayed;
    Row { from, event, verdict, to, effects: effects.to_vec() }
}

const fn because(why: Why) -> RoamMemory {
    RoamMemory { why, ..GONE }
}

#[test]
fn offers() {
    use RoamEffect::{Arm, Disarm, LeaseCandidate, LoseOld, Offer, Suppress, Withdraw, YieldOld};
    let offer = [Offer, Arm(Deadline::Offer)];
    let better = [Withdraw, Offer, Arm(Deadline::Offer)];
    let mut rows = vec![
        // Stable, candidate appears.
        moved((Stable, NONE), FOUND, (Offered, UP), &offer),
        moved((Stable, NONE), FOUND_ON_RADIO, (Offered, SAME_RADIO), &offer),
        // Stable, the link is lost: whoever is next is looked for before anybody is told of a loss.
        moved(
            (Stable, NONE),
            RoamEvent::OldLost(LOST),
            (Seeking, RoamMemory { old: Old::Gone, why: Why::Nowhere(LOST), ..NONE }),
            &[LoseOld],
        ),
        // Offered, migrate: the old link stays up, but on a shared radio; there is nothing to lower of one that is gone.
        moved((Offered, UP), RoamEvent::Migrate, (Migrating, UP), &[LeaseCandidate, Arm(Deadline::Candidate)]),
        moved((Offered, GONE), RoamEvent::Migrate, (Migrating, GONE), &[LeaseCandidate, Arm(Deadline::Candidate)]),
        moved((Offered, SAME_RADIO), RoamEvent::Migrate, (Migrating, YIELDED), &[YieldOld, LeaseCandidate, Arm(Deadline::Candidate)]),
        // Offered, ignored downgrade, deadline as ignore, vanished: next offer, or lost.
        moved((Offered, GONE), RoamEvent::Ignore, (Seeking, because(Why::Declined)), &[Suppress]),
        moved((Offered, GONE), RoamEvent::Expired, (Seeking, because(Why::Declined)), &[Withdraw, Suppress]),
        moved((Offered, GONE), RoamEvent::CandidateVanished, (Seeking, because(Why::Failed(Cause::NoCandidate))), &[Withdraw]),
        // Offered, a better candidate: the old link that is gone is in nobody's way.
        moved((Offered, GONE), FOUND, (Offered, GONE), &better),
        moved((Offered, GONE), FOUND_ON_RADIO, (Offered, GONE), &better),
    ];
    for memory in [UP, SAME_RADIO] {
        rows.extend([
            // Offered, ignored upgrade, deadline as ignore, vanished: Stable on the old link.
            moved((Offered, memory), RoamEvent::Ignore, (Stable, NONE), &[Suppress, Disarm]),
            moved((Offered, memory), RoamEvent::Expired, (Stable, NONE), &[Withdraw, Suppress, Disarm]),
            moved((Offered, memory), RoamEvent::CandidateVanished, (Stable, NONE), &[Withdraw, Disarm]),
            // Offered, a better candidate.
            moved((Offered, memory), FOUND, (Offered, UP), &better),
            moved((Offered, memory), FOUND_ON_RADIO, (Offered, SAME_RADIO), &better),
            // Offered, old link lost: the offer stands.
            stayed((Offered, memory), RoamEvent::OldLost(LOST), (Offered, RoamMemory { keeps_old: memory.keeps_old, ..GONE }), &[LoseOld]),
        ]);
    }
    rows.extend([UP, SAME_RADIO, GONE].map(|memory| moved((Offered, memory), RoamEvent::Ended, (Stable, NONE), &[Disarm])));
    hold(&[(Stable, NONE), (Offered, UP), (Offered, SAME_RADIO), (Offered, GONE)], &rows);
}

/// Where giving the candidate up leads from, with which effects after those of giving up (SPEC §6.3, §7.3).
fn back(memory: RoamMemory, why: Why) -> (Place, Vec<RoamEffect>) {
    match memory.old {
        Old::Up => ((Stable, NONE), vec![RoamEffect::Disarm]),
        Old::Gone => ((Seeking, because(why)), vec![]),
        Old::Yielded => ((Restoring, YIELDED), vec![RoamEffect::RestoreOld, RoamEffect::Arm(Deadline::Restore)]),
    }
}

/// The row of a step that gives the candidate up.
fn given_up(from: Place, event: RoamEvent, why: Why, first: &[RoamEffect]) -> Row<RoamMemory> {
    let (to, last) = back(from.1, why);
    Row { from, event, verdict: Moved, to, effects: [first, &last].concat() }
}

/// The candidate fails: dropped, backed off from, reported.
fn failed(from: Place, event: RoamEvent, cause: Cause) -> Row<RoamMemory> {
    let first = [RoamEffect::DropCandidate, RoamEffect::BackOff, RoamEffect::RoamFailed(cause)];
    given_up(from, event, Why::Failed(cause), &first)
}

/// What holds while the candidate is leased, in each of the three phases.
fn while_leased(leaf: RoamState) -> Vec<Row<RoamMemory>> {
    let mut rows = vec![stayed((leaf, UP), RoamEvent::OldLost(LOST), (leaf, GONE), &[RoamEffect::LoseOld])];
    for memory in [UP, GONE, YIELDED] {
        rows.push(failed((leaf, memory), RoamEvent::CandidateLost(LOST), LOST));
        rows.push(moved((leaf, memory), RoamEvent::Ended, (Stable, NONE), &[RoamEffect::Disarm]));
    }
    rows
}

fn starts(leaf: RoamState) -> [Place; 3] {
    [(leaf, UP), (leaf, GONE), (leaf, YIELDED)]
}

#[test]
fn migrating() {
    let mut rows = while_leased(Migrating);
    for from in starts(Migrating) {
        // Candidate up: the trial begins. Timeout: as failure.
        rows.push(moved(from, RoamEvent::CandidateUp, (Trial, from.1), &[RoamEffect::Activate, RoamEffect::Arm(Deadline::Trial)]));
        rows.push(failed(from, RoamEvent::Expired, Cause::Timeout));
    }
    hold(&starts(Migrating), &rows);
}

#[test]
fn trial() {
    use RoamEffect::{Arm, DropCandidate, Suppress, Withdraw};
    let mut rows = while_leased(Trial);
    for from in starts(Trial) {
        rows.push(moved(from, RoamEvent::Accept, (Committing, from.1), &[Arm(Deadline::Commit)]));
        // Reject: the new lease dropped, the candidate suppressed, no error. Deadline: as reject.
        rows.push(given_up(from, RoamEvent::Reject, Why::Declined, &[DropCandidate, Suppress]));
        rows.push(given_up(from, RoamEvent::Expired, Why::Declined, &[Withdraw, DropCandidate, Suppress]));
    }
    hold(&starts(Trial), &rows);
}

#[test]
fn committing() {
    use RoamEffect::{Adopt, Disarm, DropOld};
    let mut rows = while_leased(Committing);
    for from in starts(Committing) {
        // Confirmed: the old lease dropped if there is one. Refused, timeout: as failure.
        let effects: &[RoamEffect] = if from.1.old == Old::Up { &[DropOld, Adopt, Disarm] } else { &[Adopt, Disarm] };
        rows.push(moved(from, RoamEvent::Confirmed, (Stable, NONE), effects));
        rows.push(failed(from, RoamEvent::Refused(Cause::Route), Cause::Route));
        rows.push(failed(from, RoamEvent::Expired, Cause::Timeout));
    }
    hold(&starts(Committing), &rows);
}

#[test]
fn restoring() {
    use RoamEffect::{Disarm, LoseOld};
    let lost = |cause| RoamMemory { old: Old::Gone, why: Why::Failed(cause), ..YIELDED };
    let rows = [
        moved((Restoring, YIELDED), RoamEvent::OldUp, (Stable, NONE), &[Disarm]),
        moved((Restoring, YIELDED), RoamEvent::OldLost(LOST), (Seeking, lost(LOST)), &[LoseOld]),
        moved((Restoring, YIELDED), RoamEvent::Expired, (Seeking, lost(Cause::Timeout)), &[LoseOld]),
        moved((Restoring, YIELDED), RoamEvent::Ended, (Stable, NONE), &[Disarm]),
    ];
    hold(&[(Restoring, YIELDED)], &rows);
}

#[test]
fn seeking() {
    use RoamEffect::{Arm, Disarm, Lose, Offer};
    let whys = [Why::Nowhere(LOST), Why::Failed(LOST), Why::Failed(Cause::Timeout), Why::Declined];
    let mut rows = Vec::new();
    for why in whys {
        let from = (Seeking, because(why));
        // The next offer, or lost for the reason it came here.
        rows.push(moved(from, FOUND, (Offered, because(why)), &[Offer, Arm(Deadline::Offer)]));
        rows.push(moved(from, FOUND_ON_RADIO, (Offered, because(why)), &[Offer, Arm(Deadline::Offer)]));
        rows.push(moved(from, RoamEvent::NoCandidate, (Stable, NONE), &[Lose(why), Disarm]));
        rows.push(moved(from, RoamEvent::Ended, (Stable, NONE), &[Disarm]));
    }
    hold(&whys.map(|why| (Seeking, because(why))), &rows);
}
