"""Write the schemas again."""

from remediate.files.schemas import write_schemas

write_schemas()
