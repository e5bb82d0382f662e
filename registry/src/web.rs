//! The registry's pages: the portal for citizens, the developers' pages and the staff's pages.

pub mod developers;
pub mod interfaces;
pub mod portal;
pub mod publishing_text;
pub mod site_text;
pub mod space_text;
pub mod staff;
pub mod words;

#[cfg(test)]
mod tests;
