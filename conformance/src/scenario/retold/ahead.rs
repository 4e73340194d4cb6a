//! How will it end? What an executor makes of a command is only known later in the run, and must be arranged before.

use super::super::words::Ends;
use netsession_fsm::hub::{Command, Input, Output, Report};
use netsession_fsm::words::{AccessPointId, ConfigurationState};
use netsession_model::run::{Happened, links};

/// How a raise ends that was commanded just before `later`. One that is cancelled, cut off or abandoned would have ended well.
pub(super) fn raise(later: &[Happened], id: AccessPointId) -> Ends {
    for it in later {
        if matches!(it.input, Input::Report(Report::Gone { .. }) | Input::Restore(_)) {
            return Ends::Well;
        }
        if let Some(link) = links(&it.input).iter().find(|link| link.access_point == id && it.done.contains(&id)) {
            return if link.state == ConfigurationState::Discovered { Ends::Badly } else { Ends::Well };
        }
        let lowered = |output: &Output| matches!(output, Output::Command(Command::Lower { access_point, .. }) if *access_point == id);
        if it.outputs.iter().any(lowered) {
            // what takes too long is lowered, too
            return if matches!(it.input, Input::Fired(_)) { Ends::Never } else { Ends::Well };
        }
    }
    Ends::Never
}

/// How switching the default route ends. What is superseded is not answered.
pub(super) fn prefer(later: &[Happened]) -> Ends {
    for it in later {
        match &it.input {
            Input::Report(Report::Route { result, .. }) if !it.late => {
                return if result.is_ok() { Ends::Well } else { Ends::Badly };
            }
            Input::Report(Report::Gone { .. }) | Input::Restore(_) => return Ends::Well,
            Input::Fired(_) => return Ends::Never,
            _ if it.outputs.iter().any(|output| matches!(output, Output::Command(Command::Prefer { .. }))) => return Ends::Well,
            _ => {}
        }
    }
    Ends::Never
}
