//! Is a hub what the worlds take it for? What no property of a world speaks of, after steps of every kind.

mod apart;
mod kept;
mod steps;
mod told;
