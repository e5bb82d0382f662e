mod again;
mod changes;
mod decisions;
mod ended;
mod pages;
mod signed;
mod site;
mod states;
