//! What do the moments of a run amount to? Bytes sent and lost, the longest stall, the time from cut to working.

use super::report::Check;
use super::stage::name;
use super::transfer::Record;
use super::way::PIECE;
use netsession::AccessPointId;
use std::time::{Duration, Instant};

/// What happened to the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scene {
    /// A trial that was accepted.
    Accept,
    /// A trial that was rejected.
    Reject,
    /// The active link was cut.
    Cut,
}

/// A roam as it was played.
#[derive(Debug, Clone, Copy)]
pub(super) struct Roam {
    pub(super) scene: Scene,
    pub(super) from: AccessPointId,
    pub(super) to: Option<AccessPointId>,
    /// When the scene began; the bytes until the next one belong to it.
    pub(super) begin: Instant,
    /// From the offer, or the cut, until the transfer had run for a while on whatever it then was on.
    pub(super) window: (Instant, Instant),
}

/// The moments of the cut.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cut {
    pub(super) asked: Instant,
    pub(super) told: Option<Instant>,
    pub(super) connected: Instant,
    pub(super) working: Instant,
}

/// A run.
#[derive(Debug)]
pub(super) struct Played {
    pub(super) roams: [Roam; 3],
    pub(super) cut: Cut,
    /// The access point the session was on at the end.
    pub(super) active: Option<AccessPointId>,
    pub(super) record: Record,
    pub(super) checks: Vec<Check>,
}

/// The figures of one roam.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub(crate) struct RoamFigures {
    /// Which.
    pub(crate) scene: Scene,
    /// The access point before.
    pub(crate) from: &'static str,
    /// The access point after.
    pub(crate) to: &'static str,
    /// Bytes sent in the scene, those sent again included.
    pub(crate) bytes_sent: usize,
    /// Bytes of them that never came back.
    pub(crate) bytes_lost: usize,
    /// Longest time between two pieces done, around the roam.
    pub(crate) stall_ms: f64,
}

/// The figures of the whole transfer.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub(crate) struct TransferFigures {
    /// Bytes the application had to transfer.
    pub(crate) bytes: usize,
    /// Bytes sent, those sent again included.
    pub(crate) bytes_sent: usize,
    /// Bytes sent that never came back; sent again, they may have.
    pub(crate) bytes_lost: usize,
    /// Bytes of the application that did not get through at all.
    pub(crate) bytes_missing: usize,
    /// Longest time between two pieces done while nothing happened to the session: what the machine itself causes.
    pub(crate) stall_at_rest_ms: f64,
}

/// How the cut went.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub(crate) struct CutFigures {
    /// From the cut to the kernel's event: the kernel's own time.
    pub(crate) cut_to_event_ms: Option<f64>,
    /// From the kernel's event to the session Connected on another access point.
    pub(crate) event_to_connected_ms: Option<f64>,
    /// From the kernel's event to the first piece that got through the other access point.
    pub(crate) event_to_working_ms: Option<f64>,
}

impl Played {
    /// Of each roam, in order.
    pub(super) fn roams(&self) -> Vec<RoamFigures> {
        let ends = self.roams[1..].iter().map(|next| Some(next.begin)).chain([None]);
        let figures = |(roam, end): (&Roam, Option<Instant>)| {
            let sent = || self.record.transmissions.iter().filter(|it| it.sent >= roam.begin && end.is_none_or(|end| it.sent < end));
            RoamFigures {
                scene: roam.scene,
                from: name(roam.from),
                to: roam.to.map_or("none", name),
                bytes_sent: sent().count() * PIECE,
                bytes_lost: sent().filter(|it| it.back.is_none()).count() * PIECE,
                stall_ms: millis(longest(&self.record.progress, |gap| overlaps(gap, roam.window))),
            }
        };
        self.roams.iter().zip(ends).map(figures).collect()
    }

    /// Of everything.
    pub(super) fn transfer(&self) -> TransferFigures {
        let Record { transmissions, done, progress } = &self.record;
        let at_rest = |gap| self.roams.iter().all(|roam| !overlaps(gap, roam.window));
        TransferFigures {
            bytes: done.len() * PIECE,
            bytes_sent: transmissions.len() * PIECE,
            bytes_lost: transmissions.iter().filter(|it| it.back.is_none()).count() * PIECE,
            bytes_missing: done.iter().filter(|it| it.is_none()).count() * PIECE,
            stall_at_rest_ms: millis(longest(progress, at_rest)),
        }
    }

    /// Of the cut.
    pub(super) fn cut(&self) -> CutFigures {
        let Cut { asked, told, connected, working } = self.cut;
        let since_event = |moment: Instant| told.map(|told| millis(moment.saturating_duration_since(told)));
        CutFigures {
            cut_to_event_ms: told.map(|told| millis(told.saturating_duration_since(asked))),
            event_to_connected_ms: since_event(connected),
            event_to_working_ms: since_event(working),
        }
    }
}

type Gap = (Instant, Instant);

fn overlaps(one: Gap, other: Gap) -> bool {
    one.0 < other.1 && other.0 < one.1
}

fn longest(progress: &[Instant], counts: impl Fn(Gap) -> bool) -> Duration {
    let gaps = progress.windows(2).map(|two| (two[0], two[1])).filter(|gap| counts(*gap));
    gaps.map(|(one, next)| next.saturating_duration_since(one)).max().unwrap_or_default()
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::transfer::Transmission;
    use super::*;

    /// A piece every 2 ms through 100 ms; one echo lost at 20 ms and sent again at 29; nothing done between 60 and 75.
    pub(in crate::demo) fn played() -> Played {
        let zero = Instant::now();
        let at = |millis: u64| zero + Duration::from_millis(millis);
        let mut record = Record::default();
        for piece in 0..50 {
            let sent = at(2 * piece as u64);
            let back = match 2 * piece {
                20 => None,
                60..75 => Some(at(75)),
                _ => Some(sent),
            };
            record.transmissions.push(Transmission { piece, sent, back });
            record.done.push(back);
            record.progress.extend(back);
        }
        record.transmissions.push(Transmission { piece: 10, sent: at(29), back: Some(at(29)) });
        record.done[10] = Some(at(29));
        record.progress.push(at(29));
        record.progress.sort();
        let roam = |scene, begin, window: (u64, u64)| {
            let window = (at(window.0), at(window.1));
            Roam { scene, from: AccessPointId(2), to: Some(AccessPointId(1)), begin: at(begin), window }
        };
        let roams = [roam(Scene::Accept, 10, (15, 25)), roam(Scene::Reject, 40, (41, 50)), roam(Scene::Cut, 55, (58, 90))];
        let cut = Cut { asked: at(58), told: Some(at(60)), connected: at(70), working: at(75) };
        Played { roams, cut, active: Some(AccessPointId(1)), record, checks: Vec::new() }
    }

    #[test]
    fn every_byte_is_counted_where_it_was_sent() {
        let played = played();
        let roams = played.roams();
        let bytes: Vec<_> = roams.iter().map(|roam| (roam.scene, roam.bytes_sent / PIECE, roam.bytes_lost / PIECE)).collect();
        assert_eq!(bytes, [(Scene::Accept, 16, 1), (Scene::Reject, 8, 0), (Scene::Cut, 22, 0)]);
        let transfer = played.transfer();
        assert_eq!((transfer.bytes, transfer.bytes_sent, transfer.bytes_lost, transfer.bytes_missing), (50 * PIECE, 51 * PIECE, PIECE, 0));
    }

    #[test]
    fn a_stall_belongs_to_the_roam_around_it() {
        let played = played();
        let stalls: Vec<_> = played.roams().iter().map(|roam| roam.stall_ms.round()).collect();
        assert_eq!(stalls, [4.0, 2.0, 17.0]);
        assert_eq!(played.transfer().stall_at_rest_ms.round(), 2.0);
    }

    #[test]
    fn a_piece_that_never_got_through_is_missing() {
        let mut played = played();
        played.record.done[10] = None;
        assert_eq!(played.transfer().bytes_missing, PIECE);
    }

    #[test]
    fn the_cut_is_timed_from_the_event() {
        let mut played = played();
        let cut = played.cut();
        assert_eq!((cut.cut_to_event_ms, cut.event_to_connected_ms, cut.event_to_working_ms), (Some(2.0), Some(10.0), Some(15.0)));
        played.cut.told = None;
        assert_eq!(played.cut(), CutFigures { cut_to_event_ms: None, event_to_connected_ms: None, event_to_working_ms: None });
    }
}
