import { Page } from '@/ui'

export const AuditPage = () => <Page title="AuditPage">{null}</Page>
