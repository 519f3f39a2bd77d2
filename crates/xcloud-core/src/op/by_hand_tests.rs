//! Each undo as a command line.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::model::Cloud;
use crate::op::{
    EndpointOp, EndpointServiceOp, GroupRule, LoadBalancerOp, NetworkSecurityGroupOp, Object, Op, PeerHandle,
    PrivateDnsRecordOp, SecurityGroupOp, WriteGuard,
};

fn place(cloud: Cloud) -> PlaceKey {
    let account = if cloud == Cloud::Aws { "100000000001" } else { "11111111-2222" };
    PlaceKey { cloud, account: account.to_owned(), region: "eu-north-1".to_owned() }
}

fn known(id: &str) -> Handle {
    Handle::Known(id.to_owned())
}

#[test]
fn aws_calls() {
    let told = |op: Op| op.by_hand(&place(Cloud::Aws));
    assert_eq!(
        told(SecurityGroupOp::Delete { group: known("sg-1") }.into()),
        "aws ec2 delete-security-group --region eu-north-1 --group-id sg-1"
    );
    assert_eq!(
        told(EndpointOp::Delete { endpoints: [known("vpce-1"), known("vpce-2")].into() }.into()),
        "aws ec2 delete-vpc-endpoints --region eu-north-1 --vpc-endpoint-ids vpce-1 vpce-2"
    );
    assert_eq!(
        told(EndpointServiceOp::Delete { service: Handle::Made(Object("x#service".to_owned())) }.into()),
        "aws ec2 delete-vpc-endpoint-service-configurations --region eu-north-1 --service-ids '<x#service>'"
    );
    let listener = LoadBalancerOp::ModifyListener { listener: known("arn:l"), target_group: known("arn:t") };
    assert_eq!(
        told(listener.into()),
        "aws elbv2 modify-listener --region eu-north-1 --listener-arn arn:l --default-actions \
         Type=forward,TargetGroupArn=arn:t"
    );
    let rules = GroupRule {
        protocol: crate::model::Protocol::Tcp,
        ports: Some(crate::model::PortRange { from: 443, to: 443 }),
        peer: PeerHandle::Cidr("10.0.0.0/16".parse().expect("a net")),
        description: Some("it's".to_owned()),
    };
    assert_eq!(
        told(SecurityGroupOp::RevokeByContent { group: known("sg-1"), egress: false, rules: vec![rules] }.into()),
        "aws ec2 revoke-security-group-ingress --region eu-north-1 --group-id sg-1 --ip-permissions \
         '[{\"IpProtocol\":\"tcp\",\"FromPort\":443,\"ToPort\":443,\"IpRanges\":[{\"CidrIp\":\"10.0.0.0/16\",\
         \"Description\":\"it'\\''s\"}]}]'"
    );
}

/// The place of a step is its account's; a policy or a zone may be in another subscription.
#[test]
fn azure_calls_name_the_subscription_of_the_object() {
    let told = |op: Op| op.by_hand(&place(Cloud::Azure));
    let arm = |kind: &str, name: &str| {
        ArmName(format!("/subscriptions/s/resourceGroups/rg/providers/Microsoft.Network/{kind}/{name}"))
    };
    assert_eq!(
        told(
            NetworkSecurityGroupOp::DeleteRule { group: arm("networkSecurityGroups", "nsg"), name: "r".to_owned() }
                .into()
        ),
        "az network nsg rule delete --subscription s --resource-group rg --nsg-name nsg --name r"
    );
    let put = PrivateDnsRecordOp::Put {
        zone: arm("privateDnsZones", "a.example"),
        record: "r".to_owned(),
        ttl_secs: 30,
        addresses: Addresses::Known(BTreeSet::from(["10.0.0.1/32".parse().expect("a net")])),
        metadata: BTreeMap::new(),
        guard: WriteGuard::None,
    };
    assert_eq!(
        told(put.into()),
        "az network private-dns record-set a create --subscription s --resource-group rg --zone-name \
         a.example --name r --ttl 30 && az network private-dns record-set a add-record --subscription s --resource-group \
         rg --zone-name a.example --record-set-name r --ipv4-address 10.0.0.1"
    );
}
