//! How is the broker held in a moment that nothing holds up? It is stopped, and let go on in slices so short that the moment takes
//! several of them; what it kept is looked at after each.
//!
//! On netlink the kernel does all the work, at once: Committing and Lowering last for a few of its requests. No real means makes them
//! longer: the kernel answers while it is asked, its lock of links and routes is the whole machine's, a default route that cannot be
//! moved is refused at once, and a DHCP release is one packet that nobody answers. Measured on two busy cores: slices of 5 µs stop in it at
//! the first or the second try, of 40 µs at one in ten.

use crate::phase::At;
use crate::program::Trouble;
use crate::rig::STATE;
use netsession::fsm::link::LinkState;
use netsession_broker::store::{FILE, Found, Store};
use netsession_conformance::lab::daemons::Daemon;
use std::path::Path;
use std::time::Duration;

/// How long a slice is: a fraction of the time between two steps of the hub.
const SLICE: Duration = Duration::from_micros(5);
/// So many slices are more than any moment takes that is waited for.
const SLICES: u32 = 100_000;

/// How far what was asked for is, by what the broker kept.
#[derive(Debug, PartialEq, Eq)]
enum Far {
    Before,
    In,
    After,
}

/// Lets a broker that is held up go on until it is in a moment, and holds it up there; `false`: it went past it, and goes on. After how
/// many slices is printed.
pub(crate) async fn held_up_in(broker: &mut Daemon, at: At) -> Result<bool, Trouble> {
    let mut seen = Vec::new();
    for number in 1..=SLICES {
        broker.slice(SLICE).await?;
        let now = std::fs::read(Path::new(STATE).join(FILE))?;
        if now == seen {
            continue;
        }
        match far(&kept(&now)?, at) {
            Far::Before => seen = now,
            Far::In => {
                println!("{at:?}: held up after {number} slices");
                return Ok(true);
            }
            Far::After => {
                println!("{at:?}: missed, after {number} slices");
                broker.thaw()?;
                return Ok(false);
            }
        }
    }
    Err(format!("never: {at:?}").into())
}

fn far(found: &Found, at: At) -> Far {
    let roam = found.kept.sessions.first().map(|session| format!("{:?}", session.roam)).unwrap_or_default();
    let lowering = found.kept.links.iter().any(|link| link.state == LinkState::Lowering);
    match (at, roam.as_str()) {
        (At::Committing, "Trial") => Far::Before,
        (At::Committing, "Committing") => Far::In,
        (At::Lowering, _) if lowering => Far::In,
        (At::Lowering, _) if found.kept.links.iter().any(|link| link.state == LinkState::Up) => Far::Before,
        _ => Far::After,
    }
}

/// What a broker that was killed now would leave. Of a copy: the next broker is to find it as it is.
fn kept(file: &[u8]) -> Result<Found, Trouble> {
    let place = Path::new("/run/netsession-copy");
    std::fs::create_dir_all(place)?;
    std::fs::write(place.join(FILE), file)?;
    Ok(Store::open(place)?.1)
}
