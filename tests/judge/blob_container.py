"""Makes a blob container with Microsoft's own client.

    blob_container.py URL ACCOUNT KEY NAME
"""

import sys

from azure.core.credentials import AzureNamedKeyCredential
from azure.storage.blob import BlobServiceClient

url, account, key, name = sys.argv[1:]
BlobServiceClient(url, credential=AzureNamedKeyCredential(account, key)).create_container(name)
print("1 passed, 0 failed")
