//! Which worlds do other engines explore?

use netsession_model::world::World;

/// One session on two access points that share a radio, whose client stops nothing: small.
#[must_use]
pub fn alone() -> World {
    let radio = World::radio();
    World {
        name: "alone",
        about: "one session on two access points on one radio",
        sessions: radio.sessions[..1].to_vec(),
        states: 0,
        ..radio
    }
}

/// Every world other engines explore.
#[must_use]
pub fn all() -> Vec<World> {
    vec![alone(), World::radio()]
}

/// Their names.
#[must_use]
pub fn names() -> Vec<&'static str> {
    all().iter().map(|world| world.name).collect()
}

/// The world of a name.
#[must_use]
pub fn named(name: &str) -> Option<World> {
    all().into_iter().find(|world| world.name == name)
}
