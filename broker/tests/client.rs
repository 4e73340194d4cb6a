//! Is a client the same, in one process and through a broker? One set of scenes for both; `World` is the one line that differs.

mod rig;
mod scenes;

macro_rules! both {
    ($($scene:ident),* $(,)?) => {
        mod in_process {
            $(
                #[tokio::test]
                async fn $scene() {
                    crate::scenes::$scene(crate::scenes::World::in_process().await).await;
                }
            )*
        }
        mod brokered {
            $(
                #[tokio::test]
                async fn $scene() {
                    crate::scenes::$scene(crate::scenes::World::brokered().await).await;
                }
            )*
        }
    };
}

both!(
    open_raises_and_close_lowers,
    a_link_is_lowered_with_the_last_lease,
    a_failed_open_says_why,
    close_while_connecting_cancels,
    stop_takes_the_link_from_everybody,
    a_user_choice_takes_what_was_picked,
    a_lost_link_closes_with_an_error_and_opens_again_where_asked_for,
    a_removed_configuration_makes_its_sessions_invalid,
    a_dropped_session_is_closed_and_its_streams_end,
    every_subscriber_gets_a_snapshot_and_all_that_follows,
    getters_in_a_handler_show_what_was_announced,
    each_side_has_a_socket_on_its_own_carrier,
    policies_and_counters_follow,
    after_a_shutdown_everything_says_so,
    a_forced_session_moves_by_itself,
    an_accepted_candidate_replaces_the_old_link,
    a_rejected_candidate_is_let_go,
    what_is_dropped_is_ignored_or_rejected,
    a_migration_nobody_waits_for_is_rejected,
    an_offer_goes_with_its_candidate,
    a_change_of_mode_answers_what_is_pending,
    a_candidate_that_fails_leaves_the_session_where_it_is,
    a_switch_that_is_refused_goes_back,
    a_candidate_lost_in_the_trial_ends_it,
    a_declined_last_resort_closes,
    a_close_in_the_trial_lets_both_go,
    roaming_by_itself_tests_and_moves,
    refusals_say_what_stands_in_the_way,
    a_suppression_window_holds_offers_back,
    requirements_exclude_a_candidate,
    configurations_show_all_that_is_known,
    a_watcher_is_told_every_change,
);
