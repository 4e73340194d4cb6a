//! What is given any bytes? Each target is a function of bytes that must neither panic nor hang; what it asserts is said where it is.
//!
//! cargo-fuzz drives them from `fuzz/libfuzzer`, and `tests/corpus.rs` plays what is stored, on stable. `fuzz/README.md` says how.
#![forbid(unsafe_code)]

mod configuration;
mod dbus;
mod hub;
mod netlink;
mod policy;
mod recording;
mod scenario;
mod state;
mod trace;
mod world;

pub use configuration::configuration;
pub use dbus::dbus;
pub use hub::hub;
pub use netlink::netlink;
pub use policy::policy;
pub use recording::recording;
pub use scenario::scenario;
pub use state::state;
pub use trace::trace;
pub use world::world;

/// A target: any bytes.
pub type Target = fn(&[u8]);

/// Every target, by the name of its corpus.
pub const TARGETS: [(&str, Target); 10] = [
    ("configuration", configuration),
    ("scenario", scenario),
    ("policy", policy),
    ("trace", trace),
    ("recording", recording),
    ("dbus", dbus),
    ("state", state),
    ("netlink", netlink),
    ("hub", hub),
    ("world", world),
];
