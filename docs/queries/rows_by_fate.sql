-- 每个文件的每一行数据都有且只有一个去向。
-- Every data row of every file has one fate.
SELECT source, COUNT(*) AS tables, SUM(read)::BIGINT AS read, SUM(accepted)::BIGINT AS accepted,
       SUM(rejected)::BIGINT AS rejected, SUM(duplicate)::BIGINT AS duplicate,
       SUM(superseded)::BIGINT AS superseded, SUM(void)::BIGINT AS void
FROM 'sample-data/store/current/internal/quality/reconciliation.parquet'
GROUP BY source
HAVING SUM(read) = SUM(accepted + rejected + duplicate + superseded + void)
ORDER BY source;
