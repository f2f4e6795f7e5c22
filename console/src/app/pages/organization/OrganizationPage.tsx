import { Page } from '@/ui'

export const OrganizationPage = () => <Page title="OrganizationPage">{null}</Page>
