//! `netsession explore`: a world in the browser, step by step.

use crate::arguments::Explore;
use crate::command::worlds;
use crate::error::Failed;
use crate::output;
use netsession_model::explore::{self, Explored};
use netsession_model::world::World;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

pub(crate) fn run(options: &Explore) -> Result<ExitCode, Failed> {
    let world = options.world.as_deref().map_or_else(|| Ok(World::plain()), worlds::named)?;
    #[cfg(feature = "mutants")]
    let world = worlds::mistaken(vec![world], options.mutant.as_deref())?.remove(0);
    let name = world.name;
    let explored = if options.liveness {
        let terminal = io::stderr().is_terminal();
        let bar = indicatif::ProgressBar::new_spinner();
        let explored = Explored::with_liveness(world, &mut |states, queue, depth| {
            if terminal {
                bar.set_message(format!("{name}, liveness: {states} states, {queue} to go on from, depth {depth}"));
                bar.tick();
            }
        });
        bar.finish_and_clear();
        explored
    } else {
        Explored::new(world)
    };
    output::complain(&format!("world {name}: {} (Ctrl-C ends it)", explored.url(options.address)));
    match explore::serve(explored, options.address) {
        Ok(never) => match never {},
        Err(error) => {
            let message = format!("cannot serve at {}: {error}", options.address);
            Err(Failed::unavailable(message).help("another program may be there: choose an address with --address 127.0.0.1:PORT"))
        }
    }
}
