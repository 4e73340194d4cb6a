//! Which executor works through ConnMan? This one.

mod profile;

pub use profile::Profile;
