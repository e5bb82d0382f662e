SELECT list, count(*)
FROM document_place
WHERE list = (SELECT max(list) FROM document_place)
GROUP BY list
