//! What came out of a run: the timeline, the figures, their targets, and whether everything that must hold does.

use super::Backend;
use super::figures::{CutFigures, Played, RoamFigures, Scene, TransferFigures};
use super::stage::name;
use super::timeline::Entry;

/// The accepted roam stalls the transfer less than this.
const STALL_TARGET_MS: f64 = 5.0;
/// From the kernel's event to the transfer running again takes at most this.
const WORKING_TARGET_MS: f64 = 20.0;

/// Something that must hold.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Check {
    /// What.
    pub(crate) what: String,
    /// Whether it does.
    pub(crate) holds: bool,
}

impl Check {
    pub(super) fn new(holds: bool, what: impl Into<String>) -> Self {
        Self { what: what.into(), holds }
    }
}

/// A time, and what it is wanted to be. It decides nothing.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub(crate) struct Target {
    /// What.
    pub(crate) what: &'static str,
    /// What it was; `None` if it could not be measured.
    pub(crate) measured_ms: Option<f64>,
    /// What it is wanted to be at most.
    pub(crate) target_ms: f64,
    /// Whether it is.
    pub(crate) met: bool,
}

impl Target {
    fn new(what: &'static str, measured_ms: Option<f64>, target_ms: f64) -> Self {
        Self { what, measured_ms, target_ms, met: measured_ms.is_some_and(|measured| measured < target_ms) }
    }
}

/// A run of the demo; as `--json` prints it.
#[derive(Debug, Clone, serde::Serialize)]
pub(crate) struct Report {
    /// What it was played on.
    pub(crate) backend: Backend,
    /// Why not on real links, if these were not possible.
    pub(crate) instead_of_real_links: Option<String>,
    /// What happened, in order.
    pub(crate) timeline: Vec<Entry>,
    /// Each roam, in order.
    pub(crate) roams: Vec<RoamFigures>,
    /// The whole transfer.
    pub(crate) transfer: TransferFigures,
    /// How the cut went.
    pub(crate) cut: CutFigures,
    /// Times that are wanted.
    pub(crate) targets: Vec<Target>,
    /// The access point the session was on at the end.
    pub(crate) active_at_the_end: &'static str,
    /// What must hold.
    pub(crate) checks: Vec<Check>,
    /// Whether all of it does.
    pub(crate) holds: bool,
}

impl Report {
    pub(super) fn new(
        backend: Backend,
        instead_of_real_links: Option<String>,
        timeline: Vec<Entry>,
        played: Played,
        left: Option<String>,
    ) -> Self {
        let (roams, transfer, cut) = (played.roams(), played.transfer(), played.cut());
        let (active, mut checks) = (played.active, played.checks);
        for (scene, what) in [(Scene::Accept, "the accepted roam loses nothing"), (Scene::Reject, "the rejected trial loses nothing")] {
            checks.push(Check::new(roams.iter().any(|roam| roam.scene == scene && roam.bytes_sent > 0 && roam.bytes_lost == 0), what));
        }
        checks.push(Check::new(transfer.bytes > 0 && transfer.bytes_missing == 0, "every byte of the application got through"));
        checks.push(match left {
            None => Check::new(true, "everything is as it was found"),
            Some(left) => Check::new(false, format!("everything is as it was found; left behind:\n{left}")),
        });
        let stall = roams.iter().find(|roam| roam.scene == Scene::Accept).map(|roam| roam.stall_ms);
        let targets = vec![
            Target::new("longest stall of the transfer around the accepted roam", stall, STALL_TARGET_MS),
            Target::new("from the kernel's event of the cut to the transfer running again", cut.event_to_working_ms, WORKING_TARGET_MS),
        ];
        let active_at_the_end = active.map_or("none", name);
        let holds = checks.iter().all(|check| check.holds);
        Self { backend, instead_of_real_links, timeline, roams, transfer, cut, targets, active_at_the_end, checks, holds }
    }

    /// Whether everything that must hold does.
    pub(crate) fn holds(&self) -> bool {
        self.holds
    }

    /// What does not.
    pub(super) fn failed(&self) -> String {
        let failed: Vec<_> = self.checks.iter().filter(|check| !check.holds).map(|check| check.what.as_str()).collect();
        failed.join("; ")
    }
}

#[cfg(test)]
mod tests {
    use super::super::figures::tests::played;
    use super::*;

    fn report(played: Played, left: Option<&str>) -> Report {
        Report::new(Backend::Netlink, None, Vec::new(), played, left.map(str::to_owned))
    }

    /// The run of the figures' tests, with its one loss found again.
    fn good() -> Played {
        let mut played = played();
        for transmission in &mut played.record.transmissions {
            transmission.back.get_or_insert(transmission.sent);
        }
        played
    }

    #[test]
    fn a_good_run_holds_and_times_do_not_count() {
        let mut slow = good();
        slow.cut.working += std::time::Duration::from_secs(1);
        let report = report(slow, None);
        assert!(report.holds() && report.failed().is_empty(), "{}", report.failed());
        assert_eq!(report.targets.iter().map(|target| target.met).collect::<Vec<_>>(), [true, false]);
        assert_eq!(report.active_at_the_end, "wlan");
    }

    #[test]
    fn each_fault_is_named() {
        assert_eq!(report(played(), None).failed(), "the accepted roam loses nothing");
        let mut missing = good();
        missing.record.done[45] = None;
        assert_eq!(report(missing, None).failed(), "every byte of the application got through");
        let mut failed = good();
        failed.checks.push(Check::new(false, "something else"));
        assert_eq!(report(failed, None).failed(), "something else");
        let left = report(good(), Some("+ a route"));
        assert!(!left.holds() && left.failed().ends_with("left behind:\n+ a route"), "{}", left.failed());
    }
}
