//! Who may do what? Asked of polkit, or of a policy file.
