//! Is there a command that could stand in the way of an application's traffic (P18)? All there are, by name: none of them does.

use libtest_mimic::Trial;
use netsession_fsm::hub::Command;
use netsession_fsm::words::{AccessPointId, ExecutorId, OperationId};

/// What a command does to traffic that is not its session's: a new command does not compile before it is named here.
const fn stands_in_the_way(command: &Command) -> bool {
    match command {
        // more ways than before
        Command::Raise { .. } | Command::Prefer { .. } | Command::Refresh { .. } => false,
        // only what was raised by command, or what a session that may do so stops (S6 of SPEC §14)
        Command::Lower { .. } => false,
    }
}

pub(super) fn test() -> Trial {
    Trial::test("advice::no_command_blocks", || {
        let (op, access_point) = (OperationId(1), AccessPointId(0));
        let all = [
            Command::Raise { op, access_point },
            Command::Lower { op, access_point },
            Command::Prefer { op, access_point: Some(access_point) },
            Command::Refresh { op, executor: ExecutorId(0) },
        ];
        if all.iter().any(stands_in_the_way) { Err("one does".into()) } else { Ok(()) }
    })
}
