SELECT document_place.place, document.standing, document.acceptance
FROM document_place
JOIN document ON document.id = document_place.document
WHERE document_place.list = $1 AND (document.standing <> 'good' OR document.acceptance <> 'accepted')
ORDER BY document_place.place
