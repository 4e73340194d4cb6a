//! Which executor works through NetworkManager? This one.

mod profile;

pub use profile::Profile;
