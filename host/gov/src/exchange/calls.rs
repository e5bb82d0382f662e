//! The operations of the WIT `exchange`.

use futures::FutureExt as _;

use super::Exchange;
use super::answer::{Answer, Content};
use super::asking::entry_of;
use super::context::Context;
use super::message::JSON;
use super::plan::Plan;
use crate::audit::Entry;
use crate::error::GovError;
use crate::grant::{Capability, Grant};
use crate::invocation::Invocation;
use crate::registry_operation::{About, Operation, Verb};

impl Exchange {
    /// The operations that the approval allows, with the purposes that each may serve (WIT `allowed`).
    ///
    /// # Errors
    /// Those of [`crate::platform::Platform::act`].
    pub async fn allowed(
        &self,
        inv: &Invocation,
    ) -> Result<Vec<(&'static Operation, Vec<String>)>, GovError> {
        let entry = Entry::of(inv, Capability::Exchange, "allowed");
        let service = inv.service.clone();
        self.platform
            .act(inv, entry, move |_, _, _| {
                async move {
                    let grant = &service.grant;
                    let codes = grant.exchange_operations.iter();
                    let known = codes.filter_map(|code| Operation::find(code));
                    Ok(known
                        .map(|operation| (operation, purposes(grant, operation)))
                        .collect())
                }
                .boxed()
            })
            .await
    }

    /// Answers a question with yes or no (WIT `exists`).
    ///
    /// # Errors
    /// As the WIT says, and those of [`crate::platform::Platform::act`].
    pub async fn exists(&self, inv: &Invocation, context: &Context) -> Result<bool, GovError> {
        let plan = Plan::of(inv, context, Verb::Check, &[]);
        let entry = entry_of(inv, "exists", &context.purpose);
        let (_, asked) = self.ask(inv, entry, plan, None).await?;
        Ok(matches!(asked.content, Content::Yes(true)))
    }

    /// Reads these fields, one page at a time (WIT `read`).
    ///
    /// # Errors
    /// As the WIT says, and those of [`crate::platform::Platform::act`].
    pub async fn read(
        &self,
        inv: &Invocation,
        context: &Context,
        fields: &[String],
        cursor: Option<&str>,
    ) -> Result<Answer, GovError> {
        let plan = Plan::of(inv, context, Verb::Read, fields);
        let entry = entry_of(inv, "read", &context.purpose);
        let (plan, asked) = self.ask(inv, entry, plan, cursor).await?;
        let Content::Page(body, next) = asked.content else {
            return Err(GovError::NotFound);
        };
        let service = &plan.inv.service.id;
        Ok(Answer {
            cursor: next.map(|next| self.cursors.seal(service, asked.citizen.as_ref(), &plan, &next)),
            evidence: asked.evidence,
            content_type: JSON.to_owned(),
            body,
            answered: asked.answered,
        })
    }
}

/// The purposes of the approval that an operation may serve: those that cover what it reads of a citizen.
fn purposes(grant: &Grant, operation: &Operation) -> Vec<String> {
    let purposes = grant.purposes.iter();
    purposes
        .filter(|purpose| match operation.attribute {
            Some(attribute) if operation.about == About::Person => purpose.attributes.contains(&attribute),
            _ => true,
        })
        .map(|purpose| purpose.code.clone())
        .collect()
}
