//! Which rows of the contract are shown on every executor? All of SPEC §5 and §6.3, and what of §6, §7 and §9 belongs to them.
//!
//! A row is written once, over a [`crate::rig::Rig`]. [`rows!`](crate::rows!) makes the cases of one rig; those its executor cannot show are
//! left out, aloud, with the reason. What a row asserts is what the outside sees: the notices of every session, in order and none
//! besides, and the system itself. Afterwards the recorded trace is judged by the machine ([`crate::judge`]).

pub mod daemons;
pub mod endings;
pub mod losses;
pub mod modes;
pub mod offers;
pub mod operations;
mod said;
mod scene;
mod stage;
pub mod trials;

pub use said::{Said, Watched};
pub(crate) use stage::PATIENCE;
pub use stage::{Stage, Terms, id};

use crate::lab::{Case, is_inside};
use crate::rig::Rig;
use netsession_backends::client::RequestError;
use netsession_fsm::words::{Cause, ErrorKind};

/// The cases of a rig, without those its executor is excused from, which are said aloud.
///
/// # Panics
/// If it is excused from a row that there is not.
#[must_use]
pub fn shown<R: Rig>(cases: &[Case]) -> Vec<Case> {
    let of = |case: &Case, row: &str| case.name.strip_prefix(R::NAME).and_then(|name| name.strip_prefix("::")) == Some(row);
    for excused in R::EXCUSED {
        assert!(cases.iter().any(|case| of(case, excused.row)), "{} is excused from {}, which is no row", R::NAME, excused.row);
        if !is_inside() {
            eprintln!("EXCUSED {}::{}: {}", R::NAME, excused.row, excused.reason);
        }
    }
    cases.iter().filter(|case| !R::EXCUSED.iter().any(|excused| of(case, excused.row))).copied().collect()
}

/// Kind, cause and configuration of a request that failed.
fn failure(result: Result<(), RequestError>) -> (ErrorKind, Cause, String) {
    match result {
        Err(RequestError::Failed(failure)) => (failure.error.kind, failure.error.cause, failure.configuration.to_string()),
        other => panic!("a failure was expected, not {other:?}"),
    }
}

/// Whether a request was refused.
fn refusal(result: Result<(), RequestError>) -> bool {
    matches!(result, Err(RequestError::Refused(_)))
}

/// All rows, as cases of one rig: `rows!("netlink", NetlinkRig)`, its name first.
#[macro_export]
macro_rules! rows {
    ($name:literal, $rig:ty) => {
        $crate::rows!(@cases $name, $rig;
            operations: [open_raises_and_close_lowers, open_that_fails_goes_back, open_joins_a_raise, open_takes_a_link_that_is_up_and_leaves_it_so, open_out_of_reach_is_refused, open_again_changes_nothing, open_tries_the_next_member, open_fails_as_the_best_member_did, open_resolves_a_user_choice, close_cancels_an_open, close_leaves_the_link_to_others, close_of_what_is_not_open_does_nothing, stop_takes_the_link_from_everybody, stop_ends_a_raise, stop_without_permission_is_refused, open_that_takes_too_long_is_given_up];
            losses: [a_loss_closes_and_is_not_made_good, a_link_taken_down_by_others_closes, a_loss_is_made_good_where_asked_for, a_removed_configuration_closes];
            offers: [an_ignored_candidate_is_not_offered_again, an_ignored_downgrade_leads_to_the_next, an_ignored_last_resort_closes, an_offer_goes_with_its_candidate, a_better_candidate_replaces_the_offer, an_offer_nobody_answers_expires, an_offer_outlives_the_old_link, a_candidate_that_fails_backs_off, a_candidate_that_takes_too_long_is_given_up, a_migration_outlives_the_old_link_or_closes];
            trials: [an_accepted_candidate_replaces_the_old_link, a_switch_that_is_refused_goes_back, a_switch_nobody_confirms_goes_back, a_rejected_candidate_is_let_go, a_trial_without_a_verdict_is_rejected, a_candidate_lost_in_the_trial_ends_it, a_trial_outlives_the_old_link, a_reject_without_the_old_link_closes, a_better_candidate_waits_for_the_verdict];
            endings: [a_close_answers_an_offer, a_close_in_the_trial_lets_both_go, a_close_cancels_a_migration, a_stop_in_the_trial_stops_both, a_dropped_session_lets_both_go];
            modes: [the_mode_forced_answers_for_the_application, the_mode_off_rejects_the_candidate, a_forced_session_moves_by_itself, a_session_that_is_off_does_not_move, the_application_asks_to_roam, there_is_nowhere_to_roam_to, on_one_radio_the_old_link_goes_first, on_one_radio_a_reject_restores_the_old_link, two_sessions_roam_independently];
            daemons: [killed_while_connecting, killed_while_stable, killed_while_offered, killed_while_migrating, killed_in_the_trial, killed_while_committing, killed_while_restoring, away_while_offered, away_while_migrating, away_in_the_trial];
        )
    };
    (@cases $name:literal, $rig:ty; $($module:ident: [$($row:ident),* $(,)?];)*) => {
        $crate::rows::shown::<$rig>(&[$($($crate::lab::Case {
            name: concat!($name, "::", stringify!($module), "::", stringify!($row)),
            run: $crate::lab::Run::Inside(|lab| Box::pin($crate::rows::$module::$row::<$rig>(lab))),
            needs: <$rig as $crate::rig::Rig>::NEEDS,
        }),*),*])
    };
}
