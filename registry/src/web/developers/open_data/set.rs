//! A data set of the organisation: its versions, what happened, a new version, the withdrawal.

use aim_gov::open_data::published::{Act, SetRecord, SetState, VersionRecord, store};
use aim_gov::text::Locale;
use aim_gov::web::{Html, OrPage as _, PageContext, PageError, date_time};
use askama::Template;
use axum::extract::Path;
use axum::response::{IntoResponse, Redirect, Response};

use super::Desk;
use crate::web::publishing_text::PublishingText;

#[derive(Template)]
#[template(path = "developers_open_data_set.html")]
struct SetPage {
    context: PageContext,
    text: &'static PublishingText,
    set: SetRecord,
    versions: Vec<(VersionRecord, String)>,
    acts: Vec<(Act, String)>,
}

impl SetPage {
    fn lang(&self) -> Locale {
        self.context.lang
    }

    fn is_published(&self) -> bool {
        self.set.state == SetState::Published
    }
}

/// `GET /{lang}/developers/open-data/sets/{identifier}`
pub(in super::super) async fn show(
    desk: Desk,
    Path((_, identifier)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let set = match desk.open_data.own_set(&desk.publisher, &identifier).await {
        Ok(set) => set,
        Err(error) => return Err(desk.refused(&error)),
    };
    let context = desk.context;
    let mut reader = desk.open_data.platform().db.reader().await.or_page(&context)?;
    let versions = store::versions(&mut reader, &identifier)
        .await
        .or_page(&context)?;
    let acts = store::acts(&mut reader, &set.organisation, &identifier)
        .await
        .or_page(&context)?;
    let versions = versions.into_iter().map(|version| {
        let at = date_time(version.published);
        (version, at)
    });
    let acts = acts.into_iter().map(|act| {
        let at = date_time(act.at);
        (act, at)
    });
    Ok(Html(SetPage {
        text: PublishingText::of(context.lang),
        versions: versions.collect(),
        acts: acts.collect(),
        set,
        context,
    })
    .into_response())
}

/// `GET /{lang}/developers/open-data/sets/{identifier}/withdraw`: asks for confirmation.
pub(in super::super) async fn ask_withdraw(
    desk: Desk,
    Path((_, identifier)): Path<(String, String)>,
) -> Result<Response, PageError> {
    let set = match desk.open_data.own_set(&desk.publisher, &identifier).await {
        Ok(set) => set,
        Err(error) => return Err(desk.refused(&error)),
    };
    let text = desk.text();
    let consequences = vec![text.withdraw_effect.clone()];
    let words = (
        text.withdraw_ask.as_str(),
        consequences,
        text.withdraw_button.as_str(),
        "danger",
    );
    let facts = vec![(text.column_name.clone(), set.identifier.clone())];
    let here = format!("/sets/{}", set.identifier);
    Ok(desk.confirm(words, facts, (&format!("{here}/withdraw"), &here)))
}

/// `POST /{lang}/developers/open-data/sets/{identifier}/withdraw`
pub(in super::super) async fn withdraw(
    desk: Desk,
    Path((_, identifier)): Path<(String, String)>,
) -> Result<Redirect, PageError> {
    match desk.open_data.withdraw(&desk.publisher, &identifier).await {
        Ok(set) => {
            let text = desk.text();
            Ok(desk
                .done(&text.done_withdrawn, &format!("/sets/{}", set.identifier))
                .await)
        }
        Err(error) => Err(desk.refused(&error)),
    }
}
