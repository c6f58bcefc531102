//! Each tool that is known, in the place of a program that crashes, hangs, talks nonsense or does not stop talking: never
//! a clean verdict.
