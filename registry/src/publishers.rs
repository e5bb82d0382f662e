//! Publishers of open data: an organisation asks, an officer admits it on evidence of its mandate, the staff ends it.
//! Each is recorded among the acts of open data in the transaction of its effect.

use aim_gov::db::DbError;
use aim_gov::open_data::pages::Authenticate;
use aim_gov::open_data::published::{self, Actor, Publisher};
use async_trait::async_trait;
use http::header;
use http::request::Parts;

use crate::api::auth;
use crate::app::App;
use crate::domain::OrganisationId;
use crate::domain::organisation::{Organisation, VerifyRefused};
use crate::domain::staff::{Staff, StaffRole};
use crate::domain::token::ApiToken;
use crate::organisations::VerifyError;
use crate::store;

/// A citizen who acts for their organisation on the pages.
pub fn on_pages(organisation: &Organisation, citizen: &str, name: &str) -> Publisher {
    Publisher {
        organisation: organisation.id.0.clone(),
        name: organisation.name.clone(),
        actor: Actor {
            kind: "developer",
            id: citizen.to_owned(),
            name: name.to_owned(),
            token: None,
        },
    }
}

fn with_token(organisation: &Organisation, token: &ApiToken) -> Publisher {
    let mut publisher = on_pages(organisation, &token.created_by.0, &token.created_by_name);
    publisher.actor.token = Some(token.label.clone());
    publisher
}

/// Admits an organisation as a publisher, or refuses or ends it. The evidence of an admission also verifies the
/// organisation, if nobody did before.
///
/// # Errors
/// [`VerifyError`]: [`VerifyError::Already`] where nothing changes.
pub async fn decide(
    app: &App,
    staff: &Staff,
    id: &OrganisationId,
    admit: bool,
    grounds: &str,
) -> Result<Organisation, VerifyError> {
    let now = app.platform.clock.now();
    let mut tx = app.platform.db.begin().await?;
    let organisation = store::organisation::get(&mut tx, id)
        .await?
        .ok_or(VerifyError::NotFound)?;
    let grounds = organisation
        .verify(staff, grounds)
        .map_err(VerifyError::Refused)?;
    if admit && store::verification::of(&mut tx, id).await?.is_none() {
        store::verification::insert(&mut tx, id, now, &staff.id, grounds).await?;
    }
    let publisher = Publisher {
        organisation: organisation.id.0.clone(),
        name: organisation.name.clone(),
        actor: Actor {
            kind: "staff",
            id: staff.id.0.clone(),
            name: staff.name.clone(),
            token: None,
        },
    };
    if !published::decide(&mut tx, &app.platform, &publisher, admit, grounds).await? {
        return Err(VerifyError::Already);
    }
    tx.commit().await?;
    Ok(organisation)
}

/// Whether this member of the staff may decide about the organisation.
pub fn may_decide(staff: &Staff, organisation: &str) -> Result<(), VerifyRefused> {
    let tied = staff
        .organisation
        .as_ref()
        .is_some_and(|tied| tied.0 == organisation);
    match staff.role {
        _ if tied => Err(VerifyRefused::Tied),
        StaffRole::Officer => Ok(()),
        _ => Err(VerifyRefused::Role),
    }
}

/// Knows publishers by the API token of their organisation.
#[derive(Clone, Debug)]
pub struct ByToken(pub App);

#[async_trait]
impl Authenticate for ByToken {
    async fn publisher(&self, request: &mut Parts) -> Result<Option<Publisher>, DbError> {
        // CKAN's clients send the token without the name of a scheme.
        let header = request
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok());
        let Some(header) = header else { return Ok(None) };
        let secret = header.strip_prefix("Bearer ").unwrap_or(header).to_owned();
        let Ok(token) = auth::token(&self.0, &secret, &request.extensions).await? else {
            return Ok(None);
        };
        let mut reader = self.0.platform.db.reader().await?;
        let organisation = store::organisation::get(&mut reader, &token.organisation).await?;
        Ok(organisation.map(|organisation| with_token(&organisation, &token)))
    }
}
