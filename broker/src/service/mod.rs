//! The broker: what clients ask on D-Bus, put to the hub; what the hub says, told to whom it concerns.
