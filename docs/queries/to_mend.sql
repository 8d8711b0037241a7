-- 一个区县的导出文件中要改正什么，最多的在前。
-- What one county has to mend in its exports, most frequent first.
SELECT source, code, field, COUNT(*) AS findings,
       MIN(message_zh) AS what_to_do_zh, MIN(message_en) AS what_to_do
FROM 'sample-data/store/current/internal/quality/rejects.parquet'
WHERE county = '370832' AND severity = 'error' AND state = 'open'
GROUP BY source, code, field
ORDER BY findings DESC, source, code, field
LIMIT 5;
