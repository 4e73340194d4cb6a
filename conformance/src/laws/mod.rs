//! Which laws does an executor keep? Its contract, and all that SPEC §5, §6, §7, §9 and §11 say can be seen of it.
//!
//! A law is written once, over a [`Rig`]. What it asserts is what the outside sees: the notices of every session, in order and none
//! besides, and the system itself. Afterwards the recorded trace is judged by the machine ([`crate::judge`]). A [`Suite`] has all of
//! them, for one executor.

pub mod contract;
pub mod daemons;
pub mod endings;
pub mod losses;
pub mod modes;
pub mod offers;
pub mod operations;
pub mod order;
mod said;
mod scene;
pub mod sharing;
mod stage;
mod suite;
pub mod trials;

pub use said::{Said, Watched};
pub(crate) use stage::PATIENCE;
pub use stage::{Stage, Terms, id};
pub use suite::{About, Excuse, Law, Suite};

use crate::rig::Rig;
use futures::future::LocalBoxFuture;
use netsession_backends::client::RequestError;
use netsession_fsm::words::{Capabilities, Cause, ErrorKind};

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

/// Nothing in particular.
const NOTHING: Capabilities = Capabilities(0);
/// Links are raised and lowered.
const RAISES: Capabilities = Capabilities::CAN_START_AND_STOP_INTERFACES;
/// The application is asked.
const ASKS: Capabilities = RAISES.with(Capabilities::APPLICATION_LEVEL_ROAMING);
/// The hub moves sessions by itself.
const MOVES: Capabilities = RAISES.with(Capabilities::FORCED_ROAMING);

type Played = LocalBoxFuture<'static, crate::lab::Outcome>;

/// A way to play a law, as the table has it.
fn play<G>(play: fn(G) -> Played) -> fn(G) -> Played {
    play
}

/// The table of laws: module, section, what they need, names; in the order in which they are listed.
macro_rules! laws {
    ($($module:ident $section:literal $needs:ident: $($law:ident),+ $(,)?;)*) => {
        /// Every law, without an executor.
        pub const ALL: &[About] = &[$($(About {
            name: concat!(stringify!($module), "::", stringify!($law)),
            section: $section,
            needs: $needs,
        }),+),*];

        /// How each of them is played, in the order of [`ALL`].
        fn plays<R: Rig>() -> Vec<fn(R::Ground) -> Played> {
            vec![$($(play(|ground| Box::pin($module::$law::<R>(ground)))),+),*]
        }
    };
}

laws! {
    operations "SPEC §5" RAISES: open_raises_and_close_lowers, open_that_fails_goes_back, open_joins_a_raise;
    operations "SPEC §5" NOTHING: open_takes_a_link_that_is_up_and_leaves_it_so, open_out_of_reach_is_refused;
    operations "SPEC §5" RAISES: open_again_changes_nothing, open_tries_the_next_member, open_fails_as_the_best_member_did,
        open_resolves_a_user_choice, close_cancels_an_open, close_leaves_the_link_to_others;
    operations "SPEC §5" NOTHING: close_of_what_is_not_open_does_nothing;
    operations "SPEC §5" RAISES: stop_takes_the_link_from_everybody, stop_ends_a_raise, stop_without_permission_is_refused;
    operations "SPEC §5" NOTHING: stop_of_what_cannot_be_stopped_is_refused;
    operations "SPEC §5" RAISES: open_that_takes_too_long_is_given_up;
    losses "SPEC §5" RAISES: a_loss_closes_and_is_not_made_good, a_link_taken_down_by_others_closes, a_loss_is_made_good_where_asked_for,
        a_removed_configuration_closes;
    offers "SPEC §6.3" ASKS: an_ignored_candidate_is_not_offered_again, an_ignored_downgrade_leads_to_the_next,
        an_ignored_last_resort_closes, an_offer_goes_with_its_candidate, a_better_candidate_replaces_the_offer,
        an_offer_nobody_answers_expires, an_offer_outlives_the_old_link, a_candidate_that_fails_backs_off,
        a_candidate_that_takes_too_long_is_given_up, a_migration_outlives_the_old_link_or_closes;
    trials "SPEC §6.3" ASKS: an_accepted_candidate_replaces_the_old_link, a_switch_that_is_refused_goes_back,
        a_switch_nobody_confirms_goes_back, a_rejected_candidate_is_let_go, a_trial_without_a_verdict_is_rejected,
        a_candidate_lost_in_the_trial_ends_it, a_trial_outlives_the_old_link, a_reject_without_the_old_link_closes,
        a_better_candidate_waits_for_the_verdict;
    endings "SPEC §6.3" ASKS: a_close_answers_an_offer, a_close_in_the_trial_lets_both_go, a_close_cancels_a_migration,
        a_stop_in_the_trial_stops_both, a_dropped_session_lets_both_go;
    modes "SPEC §6.1" ASKS: the_mode_forced_answers_for_the_application, the_mode_off_rejects_the_candidate;
    modes "SPEC §6.4" MOVES: a_forced_session_moves_by_itself;
    modes "SPEC §6.1" RAISES: a_session_that_is_off_does_not_move;
    modes "SPEC §6.5" ASKS: the_application_asks_to_roam, there_is_nowhere_to_roam_to;
    modes "SPEC §7.3" ASKS: on_one_radio_the_old_link_goes_first, on_one_radio_a_reject_restores_the_old_link;
    modes "SPEC §7.2" MOVES: two_sessions_roam_independently;
    sharing "SPEC §7.1" RAISES: the_last_lease_lowers_the_link, what_was_up_is_nobodys_to_lower;
    sharing "SPEC §7.3" ASKS: a_radio_that_others_hold_is_not_offered;
    sharing "SPEC §7.3" RAISES: a_radio_that_others_hold_is_not_opened;
    sharing "SPEC §7.4" RAISES: the_best_link_in_use_has_the_default_route, the_default_route_goes_back_as_found;
    daemons "SPEC §9" RAISES: killed_while_connecting, killed_while_stable;
    daemons "SPEC §9" ASKS: killed_while_offered, killed_while_migrating, killed_in_the_trial, killed_while_committing,
        killed_while_restoring, away_while_offered, away_while_migrating, away_in_the_trial;
    losses "SPEC §9" MOVES: links_that_come_and_go_end_as_they_are;
    order "SPEC §11" RAISES: a_subscriber_gets_a_snapshot_first, what_is_read_is_what_was_told;
    order "SPEC §11" ASKS: a_handler_may_answer_at_once;
    order "SPEC §11" MOVES: no_state_is_told_twice;
    contract "C1" RAISES: c1_a_report_is_the_whole_state;
    contract "C2" RAISES: c2_generations_grow;
    contract "C3" RAISES: c3_done_is_told_when_it_is_true;
    contract "C4" RAISES: c4_commands_are_done_in_order_and_a_lower_cancels;
    contract "C5" NOTHING: c5_a_raise_of_what_is_up_changes_nothing;
    contract "C6" RAISES: c6_what_was_up_is_left_as_found;
    contract "C7" RAISES: c7_every_change_is_told_once;
    contract "C8" NOTHING: c8_the_first_word_has_every_link;
    contract "C9" RAISES: c9_a_daemon_that_is_gone_is_told_once;
    contract "C10" RAISES: c10_only_prefer_moves_the_default_route, c10_only_the_newest_prefer_is_answered, c10_a_preferred_link_that_was_lost_waits, c10_a_preferred_link_that_was_cut_waits;
    contract "C11" RAISES: c11_a_raise_that_fails_leaves_nothing, c11_a_cancelled_raise_leaves_nothing;
    contract "C12" RAISES: c12_shutdown_puts_everything_back;
    contract "C13" RAISES: c13_links_of_a_killed_one_are_taken_over;
}
